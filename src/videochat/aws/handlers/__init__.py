"""The functions. Each module is one function's entry and imports only what that function needs: all of it counts at a cold start."""
