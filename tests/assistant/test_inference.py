"""A real inference server, loopback HTTP over transformers' generate, with a tiny random model: it babbles, nothing breaks."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from scripted import Exchange, Provider, Reply, chunk, serving

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder
from index.library import Library

EOS = "<eos>"
QUESTION = "How much will the repairs of the harbour bridge cost?"


def tiny_model(folder: Path) -> tuple[Any, Any]:
    """Return a random Llama of 2 layers and a byte-level tokenizer trained on the articles in a folder."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    texts = [path.read_text() for path in folder.iterdir()] + ["[123] [456] NO ANSWER <think> **"] * 9
    trained.train_from_iterator(texts, vocab_size=400, special_tokens=[EOS], show_progress=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer, eos_token=EOS, pad_token=EOS)
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=8_192, **sizes)
    return LlamaForCausalLM(config).eval(), tokenizer


def generating(model: Any, tokenizer: Any, eos_bias: float) -> Reply:
    """Reply with what the model generates for the conversation, as it is generated."""
    from transformers import TextIteratorStreamer

    eos = tokenizer.eos_token_id

    def reply(exchange: Exchange) -> None:
        given = tokenizer(exchange.prompt, return_tensors="pt", return_token_type_ids=False)
        streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=60)
        made: list[Any] = []
        options = {"max_new_tokens": exchange.body["max_tokens"], "do_sample": True, "pad_token_id": eos}
        bias = [[[eos], eos_bias]]
        thread = Thread(
            target=lambda: made.append(model.generate(**given, streamer=streamer, sequence_bias=bias, **options))
        )
        thread.start()
        exchange.start()
        for piece in streamer:
            exchange.send(chunk(piece))
        thread.join()
        tokens = len(made[0][0]) - given["input_ids"].shape[1]
        counts = {"prompt_tokens": given["input_ids"].shape[1], "completion_tokens": tokens}
        finish = "stop" if int(made[0][0][-1]) == eos else "length"
        exchange.send(chunk(finish=finish, usage=counts) + "data: [DONE]\n\n")

    return reply


@pytest.fixture
def babbler(library: Library, articles: Path) -> Iterator[Provider]:
    library.add([articles])
    model, tokenizer = tiny_model(articles)
    with serving(*(generating(model, tokenizer, bias) for bias in [4.0] * 4 + [2.0, 0.0])) as provider:
        yield provider


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_babbles_is_failed_or_has_no_support(
    babbler: Provider, library: Library, encoder: Encoder
) -> None:
    settings = Settings(home=library.home, engine="random", model_url=babbler.url, model_max_tokens=60)
    assistant = Assistant(settings, encoder)
    codes = set()
    for _ in range(6):
        answer = assistant.ask(QUESTION)
        assert answer.reason is not None
        codes.add(answer.reason.code)
        if answer.status == "failed":
            assert (answer.engine, answer.statements[0].support) == ("quote", "quoted")
        else:
            assert (answer.status, answer.engine) == ("partial", "write")
            assert not {statement.support for statement in answer.statements} & {"supported", "quoted"}
    assert len(babbler.asked) == 6
    assert codes >= {"model_nonsense", "model_endless"}
    assistant.close()
