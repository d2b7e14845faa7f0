"""Talks to a Trino coordinator with the official Python client and prints what it got as one JSON object.

Usage: python_client.py HOST PORT SLOW_SQL
"""

import json
import sys
import threading
import time

import trino
from trino.exceptions import TrinoUserError
from trino.transaction import IsolationLevel

HOST, PORT, SLOW_SQL = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def connect(**more):
    return trino.dbapi.connect(host=HOST, port=PORT, user="rig", catalog="tpch", schema="tiny", **more)


def rows(cursor, sql, params=None):
    cursor.execute(sql, params)
    return cursor.fetchall()


def select():
    cursor = connect().cursor()
    got = rows(cursor, "SELECT 1 AS one, 'x' AS x, 1.50 AS d")
    return {
        "rows": [[str(value) for value in row] for row in got],
        "names": [column[0] for column in cursor.description],
    }


def pages():
    got = rows(connect().cursor(), "SELECT * FROM TABLE(sequence(1, 2345))")
    return {"count": len(got), "sum": sum(row[0] for row in got)}


def typed():
    cursor = connect().cursor()
    got = rows(cursor, "SELECT * FROM hive.sales.orders")
    return {"count": len(got), "width": len(cursor.description)}


def error():
    try:
        rows(connect().cursor(), "SELECT * FROM tpch.tiny.nope")
    except TrinoUserError as failed:
        return {"name": failed.error_name, "type": failed.error_type, "code": failed.error_code}
    return None


def cancel():
    cursor = connect().cursor()
    failed = []

    def read():
        try:
            rows(cursor, SLOW_SQL)
        except trino.exceptions.TrinoQueryError as reason:
            failed.append(reason.error_name)
        except trino.exceptions.Error as reason:
            failed.append(type(reason).__name__)

    reader = threading.Thread(target=read)
    reader.start()
    monitor = connect().cursor()
    running = []
    while not running:
        time.sleep(0.02)
        live = rows(monitor, "SELECT query_id, state, query FROM system.runtime.queries WHERE state = 'RUNNING'")
        running = [row for row in live if row[2] == SLOW_SQL]
    cursor.cancel()
    reader.join()
    return {"ended": failed, "query": cursor.stats["queryId"] == running[0][0]}


def prepared():
    return {"rows": rows(connect().cursor(), "SELECT ?, ?", (7, "a'b"))}


def session():
    connection = connect()
    cursor = connection.cursor()
    rows(cursor, "USE tpch.sf1")
    rows(cursor, "SET SESSION query_max_run_time = '1h'")
    request = cursor._request
    return {
        "catalog": request._client_session.catalog,
        "schema": request._client_session.schema,
        "properties": dict(request._client_session.properties),
    }


def transaction():
    with connect(isolation_level=IsolationLevel.READ_COMMITTED) as connection:
        cursor = connection.cursor()
        got = rows(cursor, "SELECT 1")
        transaction_id = connection.transaction.id
        connection.commit()
    return {"rows": got, "id": len(transaction_id)}


def insert():
    cursor = connect().cursor()
    cursor.execute("INSERT INTO memory.default.t SELECT 1")
    got = cursor.fetchall()
    return {"counted": cursor.rowcount == got[0][0], "type": cursor.update_type}


CASES = [select, pages, typed, error, cancel, prepared, session, transaction, insert]
print(json.dumps({case.__name__: case() for case in CASES}, default=str))
