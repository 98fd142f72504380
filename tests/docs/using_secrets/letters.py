from pydantic import BaseModel

from durable import Activity
from durable.secrets import Secret, Secrets
from durable.worker import Worker


class Letter(BaseModel):
    to: str
    text: str


class Posted(BaseModel):
    number: str


POST_LETTER = Activity("letters.post", Letter, Posted)
worker = Worker("letters")


class PostOffice:
    """A client of some service: it takes the secret, and reveals it where it is sent."""

    async def post(self, letter: Letter, token: Secret) -> str:
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        return f"{letter.to}-{len(headers)}"  # A client of flesh and blood would send them.


@worker.handles(POST_LETTER)
async def post_letter(letter: Letter, secrets: Secrets, office: PostOffice) -> Posted:
    token = await secrets.get("post-token")
    return Posted(number=await office.post(letter, token))
