"""The HTTP service: the same pieces over HTTP. A face only.

Conventions
-----------
Nothing here knows music. A request is checked, put in line, and worked on in a process of its own;
what comes out belongs to the key that asked for it. FastAPI is needed only here.

Contents
--------
settings, database, keys, limits, body, outer, answers; work, workers, jobs, pieces, metrics;
checking, service, routes_*, page, music_generation_api
"""
