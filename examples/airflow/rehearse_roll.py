"""Rolls the BI group every working day at noon, and the OLAP group after it.

`rehearse roll` is idempotent and goes on where it was, so Airflow's retries are safe: a task that was killed in the
middle of a roll takes it up again. Exit 4 says that the roll failed and was taken back: trying again at once would fail
alike, so that is a failure for people.
"""

import subprocess
from datetime import datetime, timedelta

from airflow import DAG
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.operators.python import PythonOperator

FAILED_AND_TAKEN_BACK = 4


def roll(group: str) -> None:
    """Rolls one group; a roll that was taken back is not tried again."""
    done = subprocess.run(
        [
            "rehearse",
            "roll",
            f"--config=/etc/rehearse/{group}.yaml",
            f"--between={group}-blue,{group}-green",
            "--json",
        ],
        check=False,
    )
    if done.returncode == FAILED_AND_TAKEN_BACK:
        raise AirflowFailException(f"the roll of {group} was taken back; see its report")
    if done.returncode != 0:
        raise AirflowException(f"rehearse roll ended with exit {done.returncode}")


with DAG(
    dag_id="rehearse_roll",
    schedule="0 12 * * 1-5",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(hours=2),
    },
    tags=["trino"],
) as dag:
    groups = [
        PythonOperator(task_id=f"roll_{group}", python_callable=roll, op_args=[group])
        for group in ("bi", "olap")
    ]
    groups[0] >> groups[1]
