"""Write burnbag._async, the asynchronous client, from the synchronous one (ADR 35).

Each module of MODULES has a twin of the same name. Into the twin goes what waits: a function that
calls what waits, and a class that has such a function; so all of it follows from the few things in
`tables.LEAVES`. Everything else the twin imports. It is the text that is changed, and where a
definition needs no change it reads as before, with its comments.

What a method is called on tells its class by its name (`api: Api`, `self.api`, `reveal: Reveal`).
Where that fails, an `await` is missing or too much, and mypy says so.

    tables ── reading: which definitions wait
              editing: one definition, changed
              writing: a module of them, with its imports
"""
