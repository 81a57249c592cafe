"""The live twin over HTTP and WebSocket: commands, views, signals, and listeners that behave badly.

The stream asks no database; the tests of the service and its guard are those that meet both kinds.
"""

import contextlib
import json
import logging
import socket
import threading
import time

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("websockets", reason="the stream needs websockets: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

from tests.unit.web.helpers import TINY, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from skyrack.web.encoding import decode_signal, encode_signal

MANY = {"shells.pair.planes": 3, "shells.pair.satellites_per_plane": 20}
THOUSANDS = {"shells.pair.planes": 100, "shells.pair.satellites_per_plane": 200}


@pytest.fixture
def host(hosted):
    return hosted()


def load(client, overrides=MANY, **options):
    answer = client.post("/api/twin", json={"scenario": TINY, "overrides": overrides} | options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listen(host, **options):
    return connect(f"ws://127.0.0.1:{host.port}/api/twin/stream", compression=None, open_timeout=20.0, **options)


def views(stream, seconds):
    """What comes within some seconds: views with the time of each, and frames."""
    told, frames, deadline = [], [], time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            message = stream.recv(timeout=left)
            if isinstance(message, str):
                told.append((time.monotonic(), json.loads(message)))
            else:
                frames.append(message)
    return told, frames


def frame(stream, seconds=5.0):
    """The next frame of a signal."""
    deadline = time.monotonic() + seconds
    while True:
        message = stream.recv(timeout=deadline - time.monotonic())
        if isinstance(message, bytes):
            return message


def closes(stream, seconds=10.0):
    """The code with which the service closes a stream."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            stream.recv(timeout=seconds)
        except ConnectionClosed as closed:
            return closed.rcvd.code
    raise AssertionError("it is still open")


# --- views and signals


def test_a_view_comes_at_once_and_then_about_one_a_second(host):
    load(host.client, speed=600.0)
    time.sleep(0.5)
    with listen(host) as stream:
        begun = time.monotonic()
        first = json.loads(stream.recv(timeout=5.0))
        assert time.monotonic() - begun < 0.4
        told, frames = views(stream, 4.5)
    assert 3 <= len(told) <= 6
    assert frames == []
    everything = [first, *(view for _, view in told)]
    assert [view["sequence"] for view in everything] == sorted({view["sequence"] for view in everything})
    times = [view["status"]["time_s"] for view in everything]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(600.0 * (told[-1][0] - begun), rel=0.5)
    assert first["type"] == "view"
    assert first["figures"]["n_alive"] == 60.0
    assert len(first["sunlit_by_shell"]) == 1


def test_a_listener_may_be_there_before_the_twin(host):
    with listen(host) as stream:
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.5)
        load(host.client)
        assert json.loads(stream.recv(timeout=5.0))["status"]["is_playing"] is True
        load(host.client, {}, anew=True, playing=False)
        until(lambda: json.loads(stream.recv(timeout=5.0))["figures"]["n_alive"] == 2.0)


def test_a_signal_that_is_asked_for_is_that_of_http(host):
    twin = load(host.client, playing=False)
    host.client.post("/api/twin/step", json={"steps": 40})
    host.client.post("/api/twin/events", json={"kind": "lose-satellite", "target": "7"})
    with listen(host) as stream:
        for number, signal in enumerate(twin["signals"]):
            stream.send(json.dumps({"signal": signal["name"]}))
            sequence, which, values = decode_signal(until(lambda: _of(stream, number)))  # noqa: B023
            answer = host.client.get(f"/api/twin/signals/{signal['name']}")
            assert answer.headers["content-type"] == "application/octet-stream"
            again, also, expected = decode_signal(answer.content)
            assert which == also == number
            assert again >= sequence
            assert values.tolist() == expected.tolist()
            assert len(values) == 60
            assert values[7] == 255
        stream.send(json.dumps({"signal": None}))
        views(stream, 0.5)
        assert views(stream, 1.5)[1] == []


def _of(stream, number):
    found = frame(stream)
    return found if decode_signal(found)[1] == number else None


def test_a_signal_survives_the_wire():
    rng = np.random.default_rng(1)
    for values in (rng.integers(0, 256, 5000, np.uint8), np.zeros(1, np.uint8), np.full(3, 255, np.uint8)):
        sequence, number, found = decode_signal(encode_signal(2**32 + 5, 3, values))
        assert (sequence, number) == (5, 3)
        assert found.tolist() == values.tolist()
    with pytest.raises(ValueError, match="not a frame"):
        decode_signal(b"SKY2" + encode_signal(1, 1, np.zeros(3, np.uint8))[4:])


def test_elements_are_those_of_the_satellites(host):
    load(host.client, playing=False)
    data = host.client.get("/api/twin/elements").content
    n_head = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + n_head])
    raan, phase = np.frombuffer(data[4 + n_head :], "<f4").reshape(2, 60)
    assert (n_head % 4, head["n_sats"]) == (0, 60)
    assert {signal["name"] for signal in head["signals"]} >= {"charge", "sunlight"}
    exact = host.client.get("/api/twin/satellites/25").json()
    assert raan[25] * 2.0 * np.pi == pytest.approx(exact["raan_rad"], abs=1e-5)
    assert phase[25] * 2.0 * np.pi == pytest.approx(exact["phase_rad"], abs=1e-5)


# --- commands


def test_the_clock_does_what_it_is_told(host):
    twin = load(host.client, speed=60.0)
    assert twin["status"]["is_playing"] is True
    post = host.client.post
    assert post("/api/twin/pause").json()["is_playing"] is False
    stands = host.client.get("/api/twin").json()["twin"]["status"]["time_s"]
    assert post("/api/twin/speed", json={"speed": 6000.0}).json()["speed"] == 6000.0
    stepped = post("/api/twin/step", json={"steps": 10}).json()
    assert stepped["time_s"] == stands // 60.0 * 60.0 + 600.0
    assert post("/api/twin/seek", json={"time_s": 36_000.0}).status_code == 200
    until(lambda: _status(host)["seeks_s"] is None and _status(host)["time_s"] == 36_000.0)
    post("/api/twin/seek", json={"time_s": 1234.0})
    until(lambda: _status(host)["seeks_s"] is None and _status(host)["time_s"] == 1200.0)
    assert post("/api/twin/play").json()["is_playing"] is True
    until(lambda: _status(host)["time_s"] > 7200.0)
    post("/api/twin/pause")
    history = host.client.get("/api/twin/history").json()
    times = [row["time_s"] for row in history["rows"]]
    assert times == sorted(times)
    until(lambda: host.client.get("/api/twin/history").json()["outlooks"])


def _status(host):
    answer = host.client.get("/api/twin")
    assert answer.status_code == 200, answer.text
    return answer.json()["twin"]["status"]


def test_a_command_is_done_when_it_is_answered(host):
    load(host.client, playing=False)
    for _ in range(20):
        assert host.client.post("/api/twin/play").json()["is_playing"] is True
        assert host.client.post("/api/twin/pause").json()["is_playing"] is False
        before = _status(host)["time_s"]
        assert host.client.post("/api/twin/step").status_code == 422
        assert host.client.post("/api/twin/step", json={}).json()["time_s"] == before // 60.0 * 60.0 + 60.0


def test_things_happen_and_are_taken_back(host):
    load(host.client, playing=False)
    event = host.client.post("/api/twin/events", json={"kind": "lose-satellite", "target": "7"})
    assert event.status_code == 201
    assert event.json() == {"kind": "lose-satellite", "target": "7", "begins_s": 0.0, "ends_s": None}
    storm = {"kind": "solar-storm", "target": "one in a hundred", "lasts_s": 3600.0}
    assert host.client.post("/api/twin/events", json=storm).json()["ends_s"] == 3600.0
    assert host.client.get("/api/twin/satellites/7").json()["is_alive"] is False
    assert [row["kind"] for row in host.client.get("/api/twin").json()["twin"]["events"]] == [
        "lose-satellite",
        "solar-storm",
    ]
    assert host.client.delete("/api/twin/events/0").status_code == 204
    assert host.client.get("/api/twin/satellites/7").json()["is_alive"] is True
    assert host.client.delete("/api/twin/events/1").status_code == 404
    for wrong, word in (
        ({"kind": "lose-satellite", "target": "60"}, "0 to 59"),
        ({"kind": "lose-satellite", "target": "-1"}, "0 to 59"),
        ({"kind": "lose-shell", "target": "par"}, "did you mean 'pair'"),
        ({"kind": "lose-shell", "target": "pair", "lasts_s": 60.0}, "stays lost"),
        ({"kind": "site-down", "target": "nowhere"}, "ground site"),
        ({"kind": "flood", "target": "1"}, "kind"),
    ):
        answer = host.client.post("/api/twin/events", json=wrong)
        assert answer.status_code == 422
        assert word in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("speed", '{"speed": 0.5}'),
        ("speed", '{"speed": 10001}'),
        ("speed", '{"speed": NaN}'),
        ("speed", '{"speed": Infinity}'),
        ("seek", '{"time_s": -1}'),
        ("seek", '{"time_s": NaN}'),
        ("seek", '{"time_s": 1e9}'),
        ("step", '{"steps": 0}'),
        ("step", '{"steps": 1441}'),
        ("step", '{"steps": 1.5}'),
        ("events", '{"kind": "solar-storm", "target": "median", "lasts_s": NaN}'),
        ("events", '{"kind": "solar-storm", "target": "median", "lasts_s": 0}'),
    ],
)
def test_wrong_commands_are_refused_in_a_sentence(host, path, body):
    load(host.client, playing=False)
    answer = host.client.post(f"/api/twin/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_twin_is_not_loaded_at_a_speed_that_is_none(host):
    for speed in ("NaN", "Infinity", "0"):
        body = json.dumps({"scenario": TINY, "speed": 0}).replace(": 0}", f": {speed}}}")
        answer = host.client.post("/api/twin", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
    assert host.client.get("/api/twin").json() == {"twin": None, "is_loading": False, "trouble": None}


def test_satellites_links_and_neighbours(host):
    load(host.client, playing=False)
    assert host.client.get("/api/twin/satellites/59").json()["number"] == 59
    assert isinstance(host.client.get("/api/twin/satellites/59/links").json(), list)
    for path in ("satellites/60", "satellites/60/links", "signals/colour"):
        answer = host.client.get(f"/api/twin/{path}")
        assert answer.status_code in (404, 422)
        assert answer.json()["error"]


def test_a_wrong_scenario_leaves_the_twin_before_it(host):
    load(host.client, playing=False)
    host.client.post("/api/twin/step", json={"steps": 3})
    answer = host.client.post("/api/twin", json={"scenario": TINY, "overrides": {"shells.pair.planes": 0}})
    assert answer.status_code == 422
    assert _status(host)["time_s"] == 180.0


def test_a_twin_goes_on_where_it_was_or_begins_anew(host):
    load(host.client, playing=False)
    host.client.post("/api/twin/step", json={"steps": 3})
    assert load(host.client)["status"]["time_s"] == 180.0
    assert load(host.client, anew=True, playing=False, speed=77.0)["status"] | {"held_speed": 0.0, "sequence": 1} == {
        "sequence": 1,
        "time_s": 0.0,
        "speed": 77.0,
        "held_speed": 0.0,
        "is_playing": False,
        "seeks_s": None,
        "n_events": 0,
        "trouble": None,
    }
    assert host.client.delete("/api/twin").status_code == 204
    assert host.client.get("/api/twin").json()["twin"] is None
    assert load(host.client)["status"]["time_s"] == 0.0


def test_commands_are_answered_while_twins_come_and_go(host):
    load(host.client)
    answers, is_over = [], threading.Event()

    def command():
        with contextlib.closing(type(host.client)(base_url=host.client.base_url, timeout=20.0)) as client:
            while not is_over.is_set():
                answers.append(client.post("/api/twin/step", json={"steps": 1}).status_code)
                answers.append(client.get("/api/twin/signals/charge").status_code)

    threads = [threading.Thread(target=command) for _ in range(3)]
    for thread in threads:
        thread.start()
    for planes in (2, 3, 2):
        load(host.client, MANY | {"shells.pair.planes": planes}, playing=False)
    is_over.set()
    for thread in threads:
        thread.join(30.0)
        assert not thread.is_alive()
    assert set(answers) <= {200, 404, 503}
    assert 200 in answers


# --- listeners that behave badly


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", 1007),
        ("[]", 1007),
        ("5", 1007),
        ('{"signal": 5}', 1007),
        ('{"signal": "colour"}', 1007),
        ('{"signal": ["charge"]}', 1007),
        ('{"other": 1}', 1007),
        ("[" * 999, 1007),
        ("x" * 1001, 1007),
        (b'{"signal": "charge"}', 1007),
        ("x" * 20_000, 1009),
    ],
)
def test_a_wrong_message_ends_the_stream(host, message, code):
    load(host.client)
    with listen(host) as stream:
        stream.send(message)
        assert closes(stream) == code
    until(lambda: not host.app.state.live.listeners, 5.0)
    assert _status(host)["is_playing"] is True


def test_there_are_so_many_listeners_and_no_more(hosted):
    host = hosted(most_clients=3)
    load(host.client)
    with contextlib.ExitStack() as streams:
        for _ in range(3):
            streams.enter_context(listen(host)).recv(timeout=5.0)
        with pytest.raises(InvalidStatus) as refused, listen(host):
            pass
        assert refused.value.response.status_code == 403
    until(lambda: not host.app.state.live.listeners, 5.0)
    with listen(host) as stream:
        assert stream.recv(timeout=5.0)


def test_a_listener_that_goes_is_forgotten(host):
    load(host.client)
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listen(host)) for _ in range(5)]
        until(lambda: len(host.app.state.live.listeners) == 5)
        for stream in streams[:2]:
            stream.close()
        for stream in streams[2:]:  # gone without a word
            stream.close_socket()
        until(lambda: not host.app.state.live.listeners, 10.0)


def test_a_listener_that_never_reads_is_dropped_and_the_twin_goes_on(hosted):
    host = hosted(send_s=1.0, client_bytes_per_s=1e9)
    host.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    load(host.client, THOUSANDS, speed=6000.0)
    lazy_socket = socket.socket()
    lazy_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy_socket.connect(("127.0.0.1", host.port))
    lazily = {"sock": lazy_socket, "max_queue": 1, "close_timeout": 0.1}
    with listen(host, **lazily) as lazy, reading(host) as got:
        lazy.send('{"signal": "sunlight"}')
        until(lambda: "skyrack_listeners_dropped_total 1.0" in _metrics(host), 60.0)
        until(lambda: len(host.app.state.live.listeners) == 1, 5.0)
        before, n_got = _status(host)["time_s"], len(got)
        until(lambda: len(got) > n_got + 3 and _status(host)["time_s"] > before, 20.0)
        lazy.close_socket()
    assert "skyrack_listeners_dropped_total 1.0" in _metrics(host)


@contextlib.contextmanager
def reading(host):
    """A listener that reads all there is, into this list."""
    got = []
    with listen(host) as stream:

        def read():
            with contextlib.suppress(ConnectionClosed):
                for message in stream:
                    got.append(message)  # noqa: PERF402 - it is looked at meanwhile

        reader = threading.Thread(target=read)
        reader.start()
        yield got
    reader.join()


def _metrics(host):
    for _ in range(5):  # each is a view to all
        host.client.post("/api/twin/speed", json={"speed": 6000.0})
    return host.client.get("/metrics").text


@pytest.mark.parametrize("is_fickle", [False, True])
def test_a_listener_gets_its_share_of_bytes(hosted, is_fickle):
    host = hosted(client_bytes_per_s=100.0)
    load(host.client, THOUSANDS, playing=False)
    with listen(host) as stream:
        begun, got = time.monotonic(), []

        def take():
            with contextlib.suppress(ConnectionClosed):
                got.extend(stream)

        taker = threading.Thread(target=take)
        taker.start()
        stream.send('{"signal": "sunlight"}')
        for k in range(40):
            host.client.post("/api/twin/step", json={"steps": 1})
            if is_fickle:
                stream.send(json.dumps({"signal": ("sunlight", "charge")[k % 2]}))
        wall_s = time.monotonic() - begun
        stream.close()
        taker.join()
    frames = [message for message in got if isinstance(message, bytes)]
    assert frames
    assert sum(map(len, frames)) <= 100 * (5.0 + wall_s + 1.0) + max(map(len, frames))
    assert len(frames) < 30
    assert sum(isinstance(message, str) for message in got) >= 30


def test_a_listener_with_many_wishes_does_not_stop_the_clock(host):
    load(host.client, speed=600.0)
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listen(host)) for _ in range(3)]
        begun, before = time.monotonic(), _status(host)["time_s"]
        is_over = threading.Event()

        def wish(stream):
            with contextlib.suppress(ConnectionClosed):
                while not is_over.is_set():
                    stream.send('{"signal": "charge"}')

        def read(stream):
            with contextlib.suppress(ConnectionClosed):
                for _ in stream:
                    pass

        threads = [threading.Thread(target=work, args=(stream,)) for stream in streams for work in (wish, read)]
        for thread in threads:
            thread.start()
        asked = 0
        while time.monotonic() - begun < 4.0:
            host.client.post("/api/twin/speed", json={"speed": 600.0})
            asked += 1
            time.sleep(0.03)  # a fast machine would be told that it asks too often
        flown_s, wall_s = _status(host)["time_s"] - before, time.monotonic() - begun
        is_over.set()
        for stream in streams:
            stream.close_socket()
        for thread in threads:
            thread.join(20.0)
    assert asked > 20
    assert flown_s > 0.5 * 600.0 * (wall_s - 1.5)


# --- coming back


def test_a_killed_service_comes_back_with_its_twin(service_at):
    service = service_at().start()
    load(service.client, speed=1200.0)
    time.sleep(1.5)
    for event in ({"kind": "lose-satellite", "target": "7"}, {"kind": "solar-storm", "target": "median"}):
        assert service.client.post("/api/twin/events", json=event).status_code == 201
    kept = service.client.get("/api/twin").json()["twin"]
    time.sleep(1.0)
    service.kill()
    down = time.monotonic()
    service.start()
    back = until(lambda: service.client.get("/api/twin").json()["twin"])
    up_s = time.monotonic() - down
    assert back["events"] == kept["events"]
    assert (back["status"]["speed"], back["status"]["is_playing"]) == (1200.0, True)
    begun_s = kept["status"]["time_s"] // 60.0 * 60.0
    assert begun_s <= back["status"]["time_s"] <= begun_s + 1200.0 * (up_s + 1.0)
    assert service.client.get("/api/twin/satellites/7").json()["is_alive"] is False
    with listen(service) as stream:
        assert json.loads(stream.recv(timeout=5.0))["status"]["n_events"] == 2


def test_a_twin_that_was_loaded_just_now_comes_back_too(service_at):
    service = service_at().start()
    load(service.client, speed=500.0, playing=False)
    service.kill()
    service.start()
    status = until(lambda: service.client.get("/api/twin").json()["twin"])["status"]
    assert (status["time_s"], status["speed"], status["is_playing"]) == (0.0, 500.0, False)


def test_a_stopped_service_comes_back_to_the_second(service_at):
    service = service_at().start()
    load(service.client, playing=False)
    service.client.post("/api/twin/step", json={"steps": 33})
    exact = service.client.get("/api/twin/satellites/11").json()
    service.stop()
    service.start()
    back = until(lambda: service.client.get("/api/twin").json()["twin"])
    assert back["status"]["time_s"] == 33 * 60.0
    unlike = {"sunlit_frac", "array_power_w", "compute_power_w"}  # sums since the last look
    again = service.client.get("/api/twin/satellites/11").json()
    assert {k: v for k, v in again.items() if k not in unlike} == {k: v for k, v in exact.items() if k not in unlike}


def test_a_twin_that_was_unloaded_does_not_come_back(service_at):
    service = service_at().start()
    load(service.client, playing=False)
    service.client.delete("/api/twin")
    service.kill()
    service.start()
    assert service.client.get("/api/twin").json() == {"twin": None, "is_loading": False, "trouble": None}


def test_a_first_scenario_flies_from_the_start(service_at):
    service = service_at("", "--scenario", "suncatcher-81").start()
    twin = until(lambda: service.client.get("/api/twin").json()["twin"])
    assert (twin["name"], twin["n_sats"]) == ("suncatcher-81", 81)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"source": 5, "overrides": {}}', '{"source": "no", "overrides": {}}']
)
def test_a_spoilt_note_of_the_twin_is_not_taken_up(hosted, tmp_path, content):
    (tmp_path / "runs" / ".skyrack" / "twin").mkdir(parents=True)
    (tmp_path / "runs" / ".skyrack" / "twin" / "source.json").write_text(content)
    logging.getLogger("skyrack.web").setLevel(logging.CRITICAL)
    host = hosted()
    found = until(lambda: _when_loaded(host))
    assert found["twin"] is None
    load(host.client)


def _when_loaded(host):
    found = host.client.get("/api/twin").json()
    return None if found["is_loading"] else found
