"""The stores on Amazon DynamoDB. ``template.yaml`` makes the tables; decision 0070 gives the reasons for their layout.

========= ============================= =============================== ==================================================
Table     Partition key ``userId``      Sort key                        Item
========= ============================= =============================== ==================================================
Users     user id                       –                               profile; ``UserEmailIndex`` finds it by address
Users     ``#email#`` + address         –                               whose address it is: addresses are unique
Contacts  user id                       ``contactUserId``               one direction; ``UserIdIndex`` sorts by address
Conn.     user id                       ``connectionId`` = ``#``        presence: one attribute for each open socket
Conn.     ``#connection#`` + id         ``connectionId`` = ``#``        one open socket
Conn.     ``#ticket#`` + id             ``connectionId`` = ``#``        a used ticket
Calls     ``#call#`` + id               ``startedAt#callId`` = ``#``    a call
Calls     user id                       ``startedAt#callId``            history: points to a call
Calls     ``#claim#`` + user id         ``startedAt#callId`` = ``#``    the unfinished call of a user
========= ============================= =============================== ==================================================

``#`` is in no user, connection or call id, so these kinds never meet.
"""
