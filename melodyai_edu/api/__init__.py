"""The HTTP service: the same pieces over HTTP. A face only.

Conventions
-----------
Nothing here knows music. A request is checked, put in line, and worked on in a process of its own;
what comes out belongs to the key that asked for it. FastAPI is needed only here.

Contents
--------
music_generation_api, own_service: the application. settings, database, tables: what it stands on.
connections, addresses, outer, body, limits, keys, audit, traces, metrics: what every request meets.
routes_*, page, service, checking, pieces, ratings, ready: what is asked for and given.
jobs, job_table, workers, work: pieces that take a while, and the processes that make them.
answers, schemas, description, examples: how it answers, and how that is described.
"""
