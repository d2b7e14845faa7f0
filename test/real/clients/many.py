"""The official Python client at work: `many.py URL THREADS` runs statements until a line comes in, then tells how they ended.

Prints a line for every ten statements that have ended well.
"""

import json
import sys
import threading
from urllib.parse import urlparse

import trino

url, threads = urlparse(sys.argv[1]), int(sys.argv[2])
stop = threading.Event()
lock = threading.Lock()
told = {"finished": 0, "failed": []}


def connect():
    # Its default of three attempts is over in a fraction of a second; a node that is being killed may take longer than
    # that to stop taking connections.
    return trino.dbapi.connect(host=url.hostname, port=url.port, user="python", max_attempts=10)


def work(number):
    for turn in range(1_000):
        if stop.is_set():
            return
        try:
            cursor = connect().cursor()
            cursor.execute(f"SELECT {number * 1_000 + turn}")
            cursor.fetchall()
        except Exception as reason:
            with lock:
                told["failed"].append(f"{type(reason).__name__}: {reason}")
            continue
        with lock:
            told["finished"] += 1
            if told["finished"] % 10 == 0:
                print(told["finished"], flush=True)


workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
for worker in workers:
    worker.start()
sys.stdin.readline()
stop.set()
for worker in workers:
    worker.join()
print(json.dumps(told), flush=True)
