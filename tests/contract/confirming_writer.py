"""A process that writes to every SQL store without end and prints what has been confirmed; the durability test kills it.

Usage: ``python confirming_writer.py URL ROUND``. Prints one JSON array per confirmed write: kind, name, and for a call its version.
"""

import json
import sys
import threading
from itertools import count

from msgspec.structs import replace

from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import open_engine
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.models import Call, CallState, ContactPair, ContactRow, EndReason, Relation, User

FOREVER = 2**50


def main(url: str, round_: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    users, contacts, calls, tickets = (
        SqlUsers(engine),
        SqlContacts(engine),
        SqlCalls(engine),
        SqlTickets(engine),
    )
    one_line_at_a_time = threading.Lock()

    def confirm(*what: object) -> None:
        with one_line_at_a_time:
            print(json.dumps(what), flush=True)

    def write(thread: int) -> None:
        for n in count():
            name, other = f"{round_}-{thread}-{n}", f"{round_}-{thread}-{n}-other"
            users.save(User(name, f"{name}@example.org", name, n))
            confirm("user", name)
            mine = ContactRow(name, other, other, other, Relation.ACCEPTED)
            theirs = ContactRow(other, name, name, name, Relation.ACCEPTED)
            contacts.write_pair(ContactPair(None, None), ContactPair(mine, theirs))
            confirm("contact", name)
            call = Call(f"call-{name}", name, "d", other, n, n + 1)
            calls.create(call)
            confirm("call", name, 0)
            if n % 2:
                ended = replace(call, state=CallState.ENDED, reason=EndReason.HANGUP)
                confirm("call", name, calls.update(ended).version)
            assert tickets.redeem(f"ticket-{name}", expires_at=FOREVER, now=1)
            confirm("ticket", name)

    threads = [threading.Thread(target=write, args=[thread]) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
