"""The metric blocks of `analytics/users`: what a person's requests of a day amounted to."""

from collections.abc import Mapping
from typing import Any

from core.demo.api.claude_code import work_of

Requests = Mapping[str, int]
"""Requests by product, of one person on one day."""

Block = dict[str, Any]
"""Counts, and blocks of counts, by name."""


def _chat(messages: int) -> dict[str, int]:
    return {
        "message_count": messages,
        "thinking_message_count": messages // 4,
        "connectors_used_count": messages // 11,
        "distinct_artifacts_created_count": messages // 17,
        "distinct_projects_created_count": messages // 90,
        "shared_conversations_viewed_count": messages // 60,
        "distinct_conversation_count": -(-messages // 6),
        "distinct_projects_used_count": messages // 40,
        "distinct_files_uploaded_count": messages // 13,
        "distinct_skills_used_count": messages // 55,
        "distinct_connectors_used_count": min(messages // 22, 6),
        "distinct_shared_artifacts_viewed_count": messages // 70,
    }


def _code(requests: int, salt: int) -> Block:
    done = work_of(requests, salt) if requests else dict.fromkeys(work_of(1, 0), 0)
    shares = {"edit_tool": 6, "multi_edit_tool": 1, "write_tool": 2, "notebook_edit_tool": 0}
    return {
        "core_metrics": {
            "commit_count": done["commits"],
            "pull_request_count": done["pull_requests"],
            "lines_of_code": {"added_count": done["added"], "removed_count": done["removed"]},
            "artifacts_created_count": 0,
            "distinct_session_count": done["sessions"],
        },
        "tool_actions": {
            tool: {
                "accepted_count": done["accepted"] * n // 9,
                "rejected_count": done["rejected"] * n // 9,
            }
            for tool, n in shares.items()
        },
    }


def _cowork(messages: int) -> dict[str, int]:
    edits = messages // 5
    return {
        "message_count": messages,
        "action_count": messages * 3,
        "dispatch_turn_count": messages // 8,
        "skills_used_count": messages // 14,
        "connectors_used_count": messages // 9,
        "artifacts_created_count": messages // 16,
        "distinct_session_count": -(-messages // 15),
        "distinct_skills_used_count": messages // 40,
        "distinct_connectors_used_count": messages // 30,
        "distinct_plugins_used_count": messages // 60,
        "plugins_used_count": messages // 30,
        "file_edit_count": edits,
        "edit_tool_count": edits - edits // 3,
        "write_tool_count": edits // 3,
        "multi_edit_tool_count": 0,
        "notebook_edit_tool_count": 0,
        "sessions_with_file_edits_count": edits // 6,
    }


def _design(messages: int) -> dict[str, int]:
    return {
        "message_count": messages,
        "distinct_projects_created_count": messages // 30,
        "distinct_projects_used_count": -(-messages // 25),
        "distinct_session_count": -(-messages // 18),
    }


def _office(messages: int) -> dict[str, int]:
    return {
        "message_count": messages,
        "skills_used_count": messages // 20,
        "connectors_used_count": messages // 25,
        "distinct_session_count": -(-messages // 10),
        "distinct_skills_used_count": messages // 50,
        "distinct_connectors_used_count": messages // 80,
    }


def _offices(requests: int) -> dict[str, dict[str, int]]:
    shares = {"excel": 5, "outlook": 1, "powerpoint": 2, "word": 2}
    return {name: _office(requests // 8 * n // 10) for name, n in shares.items()}


def blocks(requests: Requests, salt: int) -> Block:
    """Return every metric block of a row; blocks without use hold zeros."""

    def of(product: str, per_message: int) -> int:
        return -(-requests.get(product, 0) // per_message)

    unified = of("chat_cowork_unified", 2)
    return {
        "chat_metrics": _chat(of("chat", 1)),
        "claude_code_metrics": _code(of("claude_code", 1), salt),
        "cowork_metrics": _cowork(of("cowork", 3)),
        "design_metrics": _design(of("claude_design", 4)),
        "office_metrics": _offices(of("office_agent", 1)),
        "science_metrics": {
            "message_count": 0,
            "delegation_count": 0,
            "remote_compute_job_count": 0,
            "skills_used_count": 0,
            "distinct_session_count": 0,
        },
        "chat_cowork_unified_metrics": {
            "chat": _chat(unified - unified // 3),
            "sessions": _cowork(unified // 3),
        },
        "claude_tag_metrics": {
            "active_day_count": min(of("claude_tag", 1), 1),
            "active_message_count": of("claude_tag", 3),
        },
    }
