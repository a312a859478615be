"""The nightly run by Airflow 3: the whole factory in one task, or plain papermill with one task a parameter file.

REPORTS is the folder that holds parameters/, notebooks/, the data and .venv, the same on every worker. Use one of the
two graphs and delete the other: `oshlib_run` for reports to read, `oshlib_papermill` where each notebook needs a task.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pendulum
import yaml
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

REPORTS = Path(os.environ.get("OSHLIB_REPORTS", "/srv/reports"))
NIGHTLY = {
    "schedule": "15 4 * * *",
    "start_date": pendulum.datetime(2026, 1, 1, tz="UTC"),  # its time zone is that of the schedule
    "catchup": False,  # a missed night is caught up once, not once for every night
    "max_active_runs": 1,
}


def is_file(value: object) -> bool:
    """Whether the value of a parameter names a file below REPORTS."""
    return isinstance(value, str) and (REPORTS / value).is_file()


with DAG("oshlib_run", **NIGHTLY) as run:
    # Exit status 0 is success, 1 and 2 are failures; the closing line is the task's XCom.
    BashOperator(
        task_id="run",
        bash_command="[ -d parameters ] && umask 027 && nice -n 10 oshlib run --quiet --jobs 2 --retries 1",
        cwd=str(REPORTS),
        env={"PATH": f"{REPORTS}/.venv/bin:/usr/local/bin:/usr/bin:/bin"},
        append_env=True,
        execution_timeout=timedelta(hours=4),
        retries=1,  # what is good already is kept, so a second try makes only what failed
        retry_delay=timedelta(minutes=10),
    )

with DAG("oshlib_papermill", max_active_tasks=2, **NIGHTLY) as papermill:
    # Executed notebooks only: no page, no index, no comparison with the last report, no check of the parameters.
    for file in sorted((REPORTS / "parameters" / "five_year_trend").glob("[!_]*.yaml")):
        asked = yaml.safe_load(file.read_text(encoding="utf-8"))
        PapermillOperator(
            task_id=file.stem,
            input_nb=str(REPORTS / "notebooks" / "five_year_trend.ipynb"),
            output_nb=str(REPORTS / "papermill" / f"{file.stem}.ipynb"),
            # A worker runs in a folder of its own: paths must not depend on it.
            parameters={k: str(REPORTS / v) if is_file(v) else v for k, v in asked.items()},
            kernel_name="oshlib",  # .venv/bin/python -m ipykernel install --user --name oshlib
            execution_timeout=timedelta(minutes=5),
        )
