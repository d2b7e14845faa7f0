"""The official Python client: `client.py cases URL PAGES LARGE MISSING TRANSACTIONS`, `client.py spooled URL PAGES` or `client.py cancel URL SQL`."""

import json
import sys
import threading
from urllib.parse import urlparse

import trino
from trino.transaction import IsolationLevel

mode, url = sys.argv[1], urlparse(sys.argv[2])


def connect(**more):
    return trino.dbapi.connect(host=url.hostname, port=url.port, user="python", catalog="tpch", schema="tiny", **more)


def rows(sql, params=None, **more):
    cursor = connect(**more).cursor()
    cursor.execute(sql, params)
    return cursor.fetchall()


DIRECT = {"session_properties": {"spooling_enabled": "false"}}


def totals(sql, **more):
    cursor = connect(**more).cursor()
    cursor.execute(sql)
    count = total = 0
    while page := cursor.fetchmany(10_000):
        count += len(page)
        total += sum(row[0] for row in page)
    return {"rows": count, "sum": total}


def transactions(wanted):
    done = 0
    for _ in range(wanted):
        try:
            with connect(isolation_level=IsolationLevel.READ_COMMITTED) as connection:
                cursor = connection.cursor()
                for sql in ("SELECT count(*) FROM nation", "SELECT 2"):
                    cursor.execute(sql)
                    cursor.fetchall()
                connection.commit()
            done += 1
        except trino.exceptions.Error as failed:
            print(failed, file=sys.stderr)
    return done


def session():
    cursor = connect().cursor()
    for sql in ("SET SESSION query_max_run_time = '77m'", "SHOW SESSION LIKE 'query_max_run_time'"):
        cursor.execute(sql)
        got = cursor.fetchall()
    return got[0][1]


def error(sql):
    try:
        rows(sql)
    except trino.exceptions.TrinoUserError as failed:
        return failed.error_name
    return "none"


def cancel(sql):
    cursor = connect().cursor()

    def read():
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except trino.exceptions.Error:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    sys.stdin.readline()
    cursor.cancel()
    reader.join()


if mode == "cancel":
    cancel(sys.argv[3])
elif mode == "spooled":
    print(json.dumps([totals(sys.argv[3]), totals(sys.argv[3])]))
else:
    pages, large, missing, wanted = sys.argv[3:7]
    print(
        json.dumps(
            {
                "simple": [str(value) for value in rows("SELECT 1, 'x'")[0]],
                "pages": totals(pages, **DIRECT),
                "large": totals(large, **DIRECT),
                "prepared": str(rows("SELECT ? + 1", (41,))[0][0]),
                "transactions": transactions(int(wanted)),
                "session": session(),
                "error": error(missing),
            }
        )
    )
