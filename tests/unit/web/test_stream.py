"""The live twin over HTTP and WebSocket: commands, views, frames, and listeners that behave badly.

The service of most tests runs by a manual clock, so that they are exact; a listener is read in the test's own thread. The
stream asks no database; the tests of the service and its guard are those that meet both kinds.
"""

import contextlib
import json
import logging
import socket
import threading

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("websockets", reason="the stream needs websockets: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

from tests.unit.web.helpers import GIVE_UP_S, TINY, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from skyrack.web.encoding import decode_frame, encode_frame

MANY = {"shells.pair.planes": 3, "shells.pair.satellites_per_plane": 20}
THOUSANDS = {"shells.pair.planes": 20, "shells.pair.satellites_per_plane": 100}


@pytest.fixture
def host(shared_host):
    """The service that the tests of this module share, without a twin and without listeners."""
    yield shared_host
    shared_host.client.delete("/api/twin")
    until(lambda: not shared_host.live.listeners)


def load(client, overrides=MANY, **options):
    answer = client.post("/api/twin", json={"scenario": TINY, "overrides": overrides} | options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listen(host, **options):
    options = {"open_timeout": GIVE_UP_S, "close_timeout": 5.0} | options
    return connect(f"ws://127.0.0.1:{host.port}/api/twin/stream", compression=None, **options)


def next_view(stream, frames=None):
    """The next view; frames before it are kept in a list."""
    while True:
        message = stream.recv(timeout=GIVE_UP_S)
        if isinstance(message, str):
            return json.loads(message)
        if frames is not None:
            frames.append(message)


def view_of(stream, sequence, frames):
    """The view of a sequence number; frames before it are kept in a list."""
    while next_view(stream, frames)["sequence"] != sequence:
        pass


def next_frame(stream):
    """The next frame of a channel."""
    while True:
        message = stream.recv(timeout=GIVE_UP_S)
        if isinstance(message, bytes):
            return message


def choose(host, stream, channel):
    """Choose a channel and wait until the service knows."""
    stream.send(json.dumps({"channel": channel}))
    until(lambda: channel in {listener.channel for listener in host.live.listeners})


def closes(stream):
    """The code with which the service closes a stream."""
    try:
        while True:
            stream.recv(timeout=GIVE_UP_S)
    except ConnectionClosed as closed:
        return closed.rcvd.code


# --- views and frames


def test_a_view_comes_at_once_and_then_one_a_second(host):
    load(host.client, speed=600.0)
    host.clock.advance(1.0)
    with listen(host) as stream:
        first, views = next_view(stream), []
        for _ in range(4):
            host.clock.advance(1.0)
            views.append(next_view(stream))
        assert [view["status"]["time_s"] for view in (first, *views)] == [600.0, 1200.0, 1800.0, 2400.0, 3000.0]
        assert [view["sequence"] for view in views] == [first["sequence"] + k for k in range(1, 5)]
        host.client.post("/api/twin/pause")
        assert next_view(stream)["sequence"] == first["sequence"] + 5
    assert first["type"] == "view"
    assert first["figures"]["n_alive"] == 60.0
    assert len(first["sunlit_by_shell"]) == 1


def test_a_listener_may_be_there_before_the_twin(host):
    with listen(host) as stream:
        until(lambda: host.live.listeners)
        host.clock.advance(5.0)
        load(host.client)
        first = next_view(stream)
        assert (first["status"]["is_playing"], first["figures"]["n_alive"]) == (True, 60.0)
        load(host.client, {}, anew=True, playing=False)
        until(lambda: next_view(stream)["figures"]["n_alive"] == 2.0)


def test_a_channel_that_is_asked_for_is_that_of_http(host):
    twin = load(host.client, playing=False)
    host.client.post("/api/twin/step", json={"steps": 40})
    host.client.post("/api/twin/events", json={"kind": "lose-satellite", "target": "7"})
    with listen(host) as stream:
        for number, channel in enumerate(twin["channels"]):
            stream.send(json.dumps({"channel": channel["name"]}))
            sequence, which, values = decode_frame(next_frame(stream))
            answer = host.client.get(f"/api/twin/frames/{channel['name']}")
            assert answer.headers["content-type"] == "application/octet-stream"
            again, also, expected = decode_frame(answer.content)
            assert which == also == number
            assert again == sequence
            assert values.tolist() == expected.tolist()
            assert len(values) == 60
            assert values[7] == 255
        choose(host, stream, None)
        frames = []
        for _ in range(3):
            host.client.post("/api/twin/step", json={"steps": 10})
            next_view(stream, frames)
        assert frames == []


def test_a_frame_comes_with_every_view_that_changes_it(host):
    load(host.client, playing=False)
    with listen(host) as stream:
        choose(host, stream, "charge")
        next_frame(stream)
        for _ in range(3):
            status = host.client.post("/api/twin/step", json={"steps": 10}).json()
            assert decode_frame(next_frame(stream))[0] == status["sequence"]


def test_a_frame_survives_the_wire():
    rng = np.random.default_rng(1)
    for values in (rng.integers(0, 256, 5000, np.uint8), np.zeros(1, np.uint8), np.full(3, 255, np.uint8)):
        sequence, number, found = decode_frame(encode_frame(2**32 + 5, 3, values))
        assert (sequence, number) == (5, 3)
        assert found.tolist() == values.tolist()
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(b"SKY2" + encode_frame(1, 1, np.zeros(3, np.uint8))[4:])


def test_elements_are_those_of_the_satellites(host):
    load(host.client, playing=False)
    data = host.client.get("/api/twin/elements").content
    n_head = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + n_head])
    raan, phase = np.frombuffer(data[4 + n_head :], "<f4").reshape(2, 60)
    assert (n_head % 4, head["n_sats"]) == (0, 60)
    exact = host.client.get("/api/twin/satellites/25").json()
    assert raan[25] * 2.0 * np.pi == pytest.approx(exact["raan_rad"], abs=1e-5)
    assert phase[25] * 2.0 * np.pi == pytest.approx(exact["phase_rad"], abs=1e-5)


# --- commands


def test_the_clock_does_what_it_is_told(host):
    twin = load(host.client, speed=60.0)
    assert twin["status"]["is_playing"] is True
    host.clock.advance(1.5)
    post = host.client.post
    paused = post("/api/twin/pause").json()
    assert (paused["is_playing"], paused["time_s"]) == (False, 60.0)
    assert post("/api/twin/speed", json={"speed": 6000.0}).json()["speed"] == 6000.0
    assert post("/api/twin/step", json={"steps": 10}).json()["time_s"] == 660.0
    assert post("/api/twin/seek", json={"time_s": 36_000.0}).status_code == 200
    host.clock.settle()
    assert (_status(host)["seeks_s"], _status(host)["time_s"]) == (None, 36_000.0)
    post("/api/twin/seek", json={"time_s": 1234.0})
    host.clock.settle()
    assert (_status(host)["seeks_s"], _status(host)["time_s"]) == (None, 1200.0)
    assert post("/api/twin/play").json()["is_playing"] is True
    host.clock.advance(3.0)
    assert _status(host)["time_s"] == 1200.0 + 3.0 * 6000.0
    post("/api/twin/pause")
    history = host.client.get("/api/twin/history").json()
    times = [row["time_s"] for row in history["fleet"]]
    assert times == sorted(times)
    assert history["ground"][-1]["nearest_reachable_frac"] > 0.0


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
    assert host.client.get("/api/twin/satellites/59/neighbours").json()[0]["number"] == 59
    for path in ("satellites/60", "satellites/60/links", "satellites/60/neighbours", "frames/colour"):
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
        with contextlib.closing(type(host.client)(base_url=host.client.base_url, timeout=GIVE_UP_S)) as client:
            while not is_over.is_set():
                answers.append(client.post("/api/twin/step", json={"steps": 1}).status_code)
                answers.append(client.get("/api/twin/frames/charge").status_code)

    threads = [threading.Thread(target=command) for _ in range(3)]
    for thread in threads:
        thread.start()
    for planes in (2, 3, 2):
        load(host.client, MANY | {"shells.pair.planes": planes}, playing=False)
    is_over.set()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 404, 503}
    assert 200 in answers


# --- listeners that behave badly


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", 1007),
        ("[]", 1007),
        ("5", 1007),
        ('{"channel": 5}', 1007),
        ('{"channel": "colour"}', 1007),
        ('{"channel": ["charge"]}', 1007),
        ('{"other": 1}', 1007),
        ("[" * 999, 1007),
        ("x" * 1001, 1007),
        (b'{"channel": "charge"}', 1007),
        ("x" * 20_000, 1009),
    ],
)
def test_a_wrong_message_ends_the_stream(host, message, code):
    load(host.client)
    with listen(host) as stream:
        stream.send(message)
        assert closes(stream) == code
    until(lambda: not host.live.listeners)
    assert _status(host)["is_playing"] is True


def test_there_are_so_many_listeners_and_no_more(hosted):
    host = hosted(most_clients=3)
    load(host.client)
    with contextlib.ExitStack() as streams:
        for _ in range(3):
            next_view(streams.enter_context(listen(host)))
        with pytest.raises(InvalidStatus) as refused, listen(host):
            pass
        assert refused.value.response.status_code == 403
    until(lambda: not host.live.listeners)
    with listen(host) as stream:
        assert next_view(stream)


def test_a_listener_that_goes_is_forgotten(host):
    load(host.client)
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listen(host)) for _ in range(5)]
        until(lambda: len(host.live.listeners) == 5)
        for stream in streams[:2]:
            stream.close()
        for stream in streams[2:]:  # gone without a word
            stream.close_socket()
        until(lambda: not host.live.listeners)


def test_a_listener_that_never_reads_is_dropped_and_the_twin_goes_on(hosted):
    host = hosted(send_s=5.0, client_bytes_per_s=1e9)
    host.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    load(host.client, THOUSANDS, speed=600.0)
    lazy_socket = socket.socket()
    lazy_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy_socket.connect(("127.0.0.1", host.port))
    lazily = {"sock": lazy_socket, "max_queue": 1, "close_timeout": 0.1}
    with listen(host, **lazily) as lazy, listen(host) as reader:
        lazy.send('{"channel": "sunlight"}')
        until(lambda: "sunlight" in {listener.channel for listener in host.live.listeners})
        next_view(reader)

        def second_passes():  # whoever reads has had its view before the next second begins
            host.clock.advance(1.0)
            next_view(reader)
            return "skyrack_listeners_dropped_total 1.0" in host.client.get("/metrics").text

        until(second_passes)
        until(lambda: len(host.live.listeners) == 1)
        before_s = _status(host)["time_s"]
        for _ in range(3):
            assert second_passes()
        assert _status(host)["time_s"] == before_s + 3.0 * 600.0
        lazy.close_socket()


@pytest.mark.parametrize("is_fickle", [False, True])
def test_a_listener_gets_its_share_of_bytes(hosted, is_fickle):
    host = hosted(client_bytes_per_s=10.0)
    load(host.client, playing=False)
    with listen(host) as stream:
        frames = []

        def steps_are_flown(n):
            for k in range(n):
                if is_fickle:
                    choose(host, stream, ("sunlight", "charge")[k % 2])
                status = host.client.post("/api/twin/step", json={"steps": 7}).json()
                view_of(stream, status["sequence"], frames)

        choose(host, stream, "sunlight")
        steps_are_flown(6)
        first = len(frames)
        assert 0 < first < 6
        assert sum(map(len, frames)) <= 10.0 * 5.0 + max(map(len, frames))
        host.clock.advance(max(map(len, frames)) / 10.0 + 10.0)  # the share of that time
        steps_are_flown(6)
        assert first < len(frames) <= 2 * first + 1


def test_a_listener_with_many_messages_does_not_stop_the_clock(host):
    load(host.client, speed=600.0)
    before_s = _status(host)["time_s"]
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listen(host)) for _ in range(3)]
        is_over = threading.Event()

        def ask(stream):
            with contextlib.suppress(ConnectionClosed):
                while not is_over.is_set():
                    stream.send('{"channel": "charge"}')

        def read(stream):
            with contextlib.suppress(ConnectionClosed):
                for _ in stream:
                    pass

        threads = [threading.Thread(target=work, args=(stream,)) for stream in streams for work in (ask, read)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            assert host.client.post("/api/twin/speed", json={"speed": 600.0}).status_code == 200
            host.clock.advance(1.0)
        assert _status(host)["time_s"] == before_s + 5.0 * 600.0
        is_over.set()
        for stream in streams:
            stream.close_socket()
        for thread in threads:
            thread.join()


# --- coming back


def _loaded(service):
    """The twin of a service in a process of its own, as soon as it is loaded."""
    return until(lambda: service.client.get("/api/twin").json()["twin"])


def _time_s(service):
    return service.client.get("/api/twin").json()["twin"]["status"]["time_s"]


def test_a_killed_service_comes_back_with_its_twin(service_at):
    service = service_at().start()
    load(service.client, speed=1200.0)
    until(lambda: _time_s(service) > 0.0)
    for event in ({"kind": "lose-satellite", "target": "7"}, {"kind": "solar-storm", "target": "median"}):
        assert service.client.post("/api/twin/events", json=event).status_code == 201
    events = service.client.get("/api/twin").json()["twin"]["events"]
    last_s = events[-1]["begins_s"]
    until(lambda: _time_s(service) > last_s)
    service.kill()
    service.start()
    back = _loaded(service)
    assert back["events"] == events
    assert (back["status"]["speed"], back["status"]["is_playing"]) == (1200.0, True)
    assert back["status"]["time_s"] >= last_s
    assert service.client.get("/api/twin/satellites/7").json()["is_alive"] is False
    with listen(service) as stream:
        assert next_view(stream)["status"]["n_events"] == 2


def test_a_service_comes_back_to_the_second_and_to_nothing_where_there_was_nothing(service_at):
    service = service_at().start()
    load(service.client, speed=500.0, playing=False)
    service.kill()  # as soon as it is loaded
    status = _loaded(service.start())["status"]
    assert (status["time_s"], status["speed"], status["is_playing"]) == (0.0, 500.0, False)
    service.client.post("/api/twin/step", json={"steps": 33})
    exact = service.client.get("/api/twin/satellites/11").json()
    service.stop()
    assert _loaded(service.start())["status"]["time_s"] == 33 * 60.0
    unlike = {"sunlit_frac", "array_power_w", "compute_power_w"}  # sums since the last update
    again = service.client.get("/api/twin/satellites/11").json()
    assert {k: v for k, v in again.items() if k not in unlike} == {k: v for k, v in exact.items() if k not in unlike}
    service.client.delete("/api/twin")
    service.kill()
    service.start()
    assert service.client.get("/api/twin").json() == {"twin": None, "is_loading": False, "trouble": None}


def test_a_first_scenario_flies_from_the_start(service_at):
    service = service_at("", "--scenario", "suncatcher-81").start()
    twin = _loaded(service)
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
