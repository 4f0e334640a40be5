#!/usr/bin/env python3
"""Gives the files of a fresh clone the times that the same contents had in this folder before.

Cargo goes by times: without this it compiles all of the project anew in every clone, although its folder of built things is warm.
"""
import hashlib, json, os, subprocess

cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(cache, "plumbline", "target")
kept = os.path.join(target, "times" + os.getcwd().replace("/", "-") + ".json")
os.makedirs(target, exist_ok=True)
try:
    before = json.load(open(kept))
except (OSError, ValueError):
    before = {}
now = {}
for path in filter(os.path.isfile, subprocess.check_output(["git", "ls-files", "-z"], text=True).split("\0")):
    content = hashlib.sha256(open(path, "rb").read()).hexdigest()
    if before.get(path, [None])[0] == content:
        os.utime(path, ns=(before[path][1],) * 2)
    now[path] = [content, os.stat(path).st_mtime_ns]
json.dump(now, open(kept, "w"))
