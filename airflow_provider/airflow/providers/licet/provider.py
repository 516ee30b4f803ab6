"""What Airflow is told of this distribution before it imports any of it."""

from typing import Any

_TEXT = {"type": ["string", "null"]}


def provider_info() -> dict[str, Any]:
    """The entry point ``apache_airflow_provider``: the connection type and its form."""
    return {
        "package-name": "apache-airflow-providers-licet",
        "name": "Licet",
        "description": "Jobs of a Licet hub: pulls, back-fills, sweeps, reports, forecasts.",
        "connection-types": [
            {
                "connection-type": "licet",
                "hook-class-name": "airflow.providers.licet.hook.LicetHook",
                "hook-name": "Licet",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "extra"],
                    "relabeling": {"password": "Token", "schema": "Scheme"},
                    "placeholders": {
                        "host": "hub.example.org",
                        "schema": "https",
                        "password": "what keys/api.token of the hub holds",
                    },
                },
                "conn-fields": {
                    "ca": {"label": "Authorities", "schema": _TEXT, "description": "PEM file; else the system's."},
                    "cert": {"label": "Client certificate", "schema": _TEXT, "description": "PEM file."},
                    "key": {"label": "Client key", "schema": _TEXT, "description": "PEM file, without a passphrase."},
                },
            }
        ],
    }
