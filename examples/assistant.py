"""Ask `rrmm mcp` as an assistant does, with the client of the package mcp."""

import asyncio
import json

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

PATIENT = {"prior_drugs": [{"drug": "Velcade", "status": "refractory"}], "comorbidities": ["heart failure"]}


async def ask() -> None:
    async with Client(stdio_client(StdioServerParameters(command="rrmm", args=["mcp"]))) as client:
        for tool in (await client.list_tools()).tools:
            print(f"{tool.name:14}{tool.description}")
        answer = await client.call_tool("why", {"patient": PATIENT, "option": "Kd"})
        why = json.loads(answer.content[0].text)
        print(
            "\n"
            + "\n".join(
                [why["about"]["research_use"], why["status"], why["cautions"][0]["text"], why["cautions"][0]["at"]]
            )
        )


asyncio.run(ask())
