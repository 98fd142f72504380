from dishka import Provider, Scope

from durable.testing import WorkerEnvironment
from tests.docs.using_secrets.letters import POST_LETTER, Letter, PostOffice, worker


async def test_a_letter_is_posted() -> None:
    offices = Provider(scope=Scope.APP)
    offices.provide(PostOffice)

    async with WorkerEnvironment(worker, [offices], secrets={"post-token": "opal-curlew-12"}) as env:
        posted = await env.run(POST_LETTER, Letter(to="ada", text="Hello"))

    assert posted.number == "ada-1"
