"""Asks a running server what a large company would: large.py ENGINE PID URL. See large.sh."""
import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import sys
import time
import urllib.request

ENGINE, PID, URL = sys.argv[1:]
HOST, PORT = URL.removeprefix("http://").split(":")
BASIC = "Basic " + base64.b64encode(b"admin:" + os.environ["ADMIN_PASSWORD"].encode()).decode()
FILTERS = ["", "status=assigned", "status=pending_assignment", "category=PLATINUM", "status=qualified&category=GOLD", "contractorId=m7", "contractorId=m7&status=contacted",
           "startDate=2026-03-01&endDate=2026-03-31", "status=contacted&startDate=2026-01-01&endDate=2026-01-31",
           "status=assigned&offset=5000", "category=SILVER&offset=20000"]
PER_SECOND, SECONDS, CONNECTIONS = 500, 30, 32


def memory_mb():
    with open(f"/proc/{PID}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def get(path):
    request = urllib.request.Request(URL + path, headers={"Authorization": BASIC})
    return urllib.request.urlopen(request)


def lists():
    """Every filter in turn, one request at a time."""
    took, slowest = [], {}
    for _ in range(30):
        for query in FILTERS:
            began = time.perf_counter()
            with get(f"/api/admin/leads?limit=50&{query}") as answer:
                total = json.load(answer)["total"]
            ms = (time.perf_counter() - began) * 1e3
            took.append(ms)
            slowest[query] = max(slowest.get(query, (0, 0)), (ms, total))
    took.sort()
    query, (ms, total) = max(slowest.items(), key=lambda item: item[1])
    print(f"{ENGINE}: lists: p50 {took[len(took) // 2]:.1f} ms, p99 {took[int(len(took) * 0.99)]:.1f} ms, "
          f"slowest {ms:.1f} ms ({query or 'no filter'}, total {total})", flush=True)


def export():
    before = peak = memory_mb()
    began, rows, size = time.perf_counter(), -1, 0
    with get("/api/admin/export/leads") as answer:
        while block := answer.read(1 << 20):
            rows += block.count(b"\n")
            size += len(block)
            peak = max(peak, memory_mb())
    took = time.perf_counter() - began
    print(f"{ENGINE}: export: {rows} rows, {size / 1e6:.0f} MB in {took:.1f} s = {rows / took:.0f} rows/s; "
          f"memory {before:.0f} MB before, {peak:.0f} MB at most", flush=True)


def call(number):
    path = "/api/webhooks/twilio/call-status"
    fields = {"CallSid": f"CA{number:032d}", "CallStatus": "completed", "CallDuration": str(random.randrange(5, 300)), "From": "+15552223333",
              "To": f"+1555888{number % 1000:04d}", "Direction": "inbound"}
    text = URL + path + "".join(key + fields[key] for key in sorted(fields))
    signature = base64.b64encode(hmac.new(os.environ["TWILIO_AUTH_TOKEN"].encode(), text.encode(), hashlib.sha1).digest()).decode()
    body = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in fields.items())
    return (f"POST {path} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nX-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


async def webhooks():
    """At fixed times, whether or not the one before was answered: each waits for a free connection."""
    total = PER_SECOND * SECONDS
    requests = [call(number) for number in range(total)]
    statuses, took, begin = {}, [], time.perf_counter() + 0.5
    waiting = asyncio.Queue()

    async def connection():
        reader, writer = await asyncio.open_connection(HOST, int(PORT))
        while (number := await waiting.get()) is not None:
            writer.write(requests[number])
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            status = int(head.split(b" ", 2)[1])
            statuses[status] = statuses.get(status, 0) + 1
            # From when it was due, so that waiting counts.
            took.append((time.perf_counter() - begin - number / PER_SECOND) * 1e3)
        writer.close()

    async def clock():
        for number in range(total):
            pause = begin + number / PER_SECOND - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            waiting.put_nowait(number)
        for _ in range(CONNECTIONS):
            waiting.put_nowait(None)

    await asyncio.gather(clock(), *(connection() for _ in range(CONNECTIONS)))
    spent = time.perf_counter() - begin
    took.sort()
    with get("/api/admin/webhooks?provider=twilio&limit=1") as answer:
        kept = json.load(answer)["total"]
    print(f"{ENGINE}: webhooks: {total} in {spent:.1f} s, answers {statuses}, kept {kept}, lost {total - kept}; "
          f"p50 {took[total // 2]:.1f} ms, p99 {took[int(total * 0.99)]:.1f} ms", flush=True)


lists()
export()
asyncio.run(webhooks())
