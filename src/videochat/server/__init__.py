"""The one-machine edition: REST, sockets, sign-in pages and the web app behind one ASGI server."""
