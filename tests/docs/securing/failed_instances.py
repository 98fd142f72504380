from azure.identity.aio import DefaultAzureCredential

from durable import Status
from durable.client import SagaClient


async def failed(url: str, application: str) -> list[str]:
    scope = f"api://{application}/.default"
    async with DefaultAzureCredential() as credential, SagaClient(url, credential=credential, scope=scope) as client:
        return [summary.id async for summary in client.list(status=Status.FAILED)]
