"""Fills a migrated database with the benchmark's leads: fill.py DATABASE_URL LEADS.CSV

One contractor (`bench`) owns every lead that is not waiting and for which the file names nobody; a thousand leads have a
tracking number. Thirty more serve the ZIP of the form that the load test submits, so that routing has a choice to make.
`python3 fill.py --token SECRET` prints the contractor's token, `--ids LEADS.CSV` the ids of their leads, and `--make COUNT
[CONTRACTORS]` made-up leads in place of a given file, dealt out to so many contractors (`m0`, `m1` …) or all `bench`'s.
"""
import base64
import csv
import hashlib
import hmac
import io
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta

STATUS = {"closed": "qualified"}
LEAD = ("id customer_first_name customer_last_name customer_email customer_phone customer_city customer_state customer_zip service_type "
        "timeline budget_range property_type status score category price_cents weights_version factors source created_at created_day").split()
ASSIGNMENT = "id lead_id contractor_id status is_open is_replacement assigned_at response_deadline eligible_count".split()
CONTRACTOR = ("id business_name email phone status is_approved is_accepting_leads weight open_leads total_leads contacted_leads qualified_leads "
              "response_minutes_sum responded_leads created_at").split()
SERVICES = ["ac_repair", "heating_repair", "installation", "maintenance"]


def rows(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            row["status"] = STATUS.get(row["status"], row["status"])
            yield row


def tables(path):
    leads, assignments, counts, days, scores = [], [], {"bench": Counter()}, Counter(), Counter()
    for row in rows(path):
        at = row["createdAt"].replace("Z", "+00:00")
        leads.append((row["id"], row["customerFirstName"], row["customerLastName"], row["customerEmail"], "+1" + row["customerPhone"],
                      row["customerCity"], row["customerState"], row["customerZip"], row["serviceType"], row["timeline"], row["budgetRange"],
                      row["propertyType"], row["status"], int(row["score"]), row["category"], int(row["price_cents"]), 1, "[]", "bench", at, at[:10]))
        days[at[:10], row["status"], row["category"]] += 1
        scores[at[:10], row["status"], row["category"]] += int(row["score"])
        if row["status"] != "pending_assignment":
            due = "2100-01-01T00:00:00+00:00"
            owner = row.get("contractor") or "bench"
            assignments.append(("a" + row["id"], row["id"], owner, row["status"], False, False, at, due, 1))
            counts.setdefault(owner, Counter())[row["status"]] += 1
    start = "2024-10-01T00:00:00+00:00"
    contractors = [(id, f"{id.title()} Heating", f"{id}@example.com", f"+1555001{n:04d}", "active", True, False, 1, 0, had.total(), had["contacted"], had["qualified"], 0, 0, start)
                   for n, (id, had) in enumerate(counts.items())]
    contractors += [(f"c{i}", f"Contractor {i}", f"c{i}@example.com", f"+1555000{i + 1:04d}", "active", True, True, 1, 0, 0, 0, 0, 0, 0, start) for i in range(30)]
    numbers = [(f"n{i}", f"+1555888{i:04d}", "active", row[1], row[2], start, start) for i, row in enumerate(assignments[:1000])]
    zips = [(f"c{i}", "90210") for i in range(30)]
    specializations = [(f"c{i}", s) for i in range(30) for s in SERVICES]
    return [("contractors", CONTRACTOR, contractors), ("contractor_zips", ["contractor_id", "zip"], zips),
            ("contractor_specializations", ["contractor_id", "specialization"], specializations),
            ("leads", LEAD, leads), ("lead_counts", ["day", "status", "category", "leads", "score_sum"], [(*key, n, scores[key]) for key, n in days.items()]),
            ("lead_assignments", ASSIGNMENT, assignments),
            ("tracking_numbers", ["id", "phone", "status", "lead_id", "contractor_id", "assigned_at", "created_at"], numbers)]


def fill(url, path):
    if url.startswith("sqlite:"):
        with sqlite3.connect(url.removeprefix("sqlite://").removeprefix("sqlite:")) as db:
            for table, columns, values in tables(path):
                marks = ", ".join("?" * len(columns))
                db.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", values)
            db.execute("analyze")
        return
    for table, columns, values in tables(path):
        text = io.StringIO()
        csv.writer(text).writerows(values)
        copy = f"copy {table} ({', '.join(columns)}) from stdin with (format csv)"
        subprocess.run(["psql", "-q", url, "-c", copy], input=text.getvalue(), text=True, check=True)
    subprocess.run(["psql", "-q", url, "-c", "vacuum analyze"], check=True)


def token(secret):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    now = int(time.time())
    claims = {"sub": "bench", "aud": "contractor", "iat": now, "exp": now + 86400, "jti": "bench", "iat_us": now * 1_000_000}
    body = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(claims).encode())
    return body + "." + part(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())


def make(count, contractors=0):
    dice = random.Random(1)
    out = csv.writer(sys.stdout)
    out.writerow("id customerFirstName customerLastName customerEmail customerPhone customerCity customerState customerZip serviceType "
                 "timeline budgetRange propertyType status score category price_cents createdAt contractor".split())
    for i in range(count):
        status = dice.choices(["pending_assignment", "assigned", "contacted", "qualified"], [5, 15, 20, 60])[0]
        category, price = dice.choice([("PLATINUM", 25000), ("GOLD", 17500), ("SILVER", 12500), ("BRONZE", 8500)])
        at = datetime(2025, 10, 1) + timedelta(seconds=dice.randrange(365 * 86400))
        out.writerow([f"lead{i:011d}", dice.choice(["Ann", "Ben", "Cleo", "Dan"]), dice.choice(["Smith", "Jones", "Miller", "Lee"]),
                      f"customer{i}@example.com", f"{dice.randrange(200, 999)}{dice.randrange(10**7):07d}", "Beverly Hills", "CA", "90210",
                      dice.choice(SERVICES), dice.choice(["emergency", "within_24_hours", "within_week", "flexible"]), "500-1000",
                      dice.choice(["residential", "commercial"]), status, dice.randrange(60, 200), category, price, at.isoformat() + "Z",
                      f"m{dice.randrange(contractors)}" if contractors else ""])


match sys.argv[1:]:
    case ["--token", secret]:
        print("Authorization: Bearer " + token(secret))
    case ["--make", *counts]:
        make(*map(int, counts))
    case ["--ids", path]:
        for row in rows(path):
            if row["status"] != "pending_assignment":
                print(row["id"])
    case [url, path]:
        fill(url, path)
    case _:
        sys.exit(__doc__)
