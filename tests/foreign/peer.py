"""A third-party program, written from openapi.json alone: REST, one socket, aiortc.

It numbers and acknowledges nothing, and knows no connection numbers. Commands arrive as lines of JSON on standard
input, and each is answered with one line on standard output:

    {"do": "come", "server": URL, "token": TOKEN, "socket": DEVICE, "name": DEVICE or null, "trickle": bool}
    {"do": "call", "conversation": ID, "kind": "audio" or "video", "offer": "while it rings" or "after the answer"}
    {"do": "take", "kind": "audio" or "video"}   answers the ringing call
    {"do": "status"}     what has been received so far, and the state of the call
    {"do": "hang up"}
    {"do": "leave"}
"""

import asyncio
import json
import sys

import aiohttp
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp, candidate_to_sdp
from av import VideoFrame


class Hum(AudioStreamTrack):
    """A tone that is not silence."""

    async def recv(self):
        frame = await super().recv()
        for plane in frame.planes:
            loud, low = b"\x00\x20" * 8, b"\x00\xe0" * 8
            plane.update(((loud + low) * (plane.buffer_size // 32 + 1))[: plane.buffer_size])
        return frame


class Picture(VideoStreamTrack):
    """A small picture, so that encoding costs little."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(width=320, height=240)
        for number, plane in enumerate(frame.planes):
            plane.update(bytes([(number * 80 + pts // 3000) % 256]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Peer:
    """A person using this program."""

    def __init__(self):
        self.call = None
        self.status = None
        self.frames = {"audio": 0, "video": 0}
        self.heard = []
        self.connection = None
        self.early = []
        self.offer_when = None
        self.kind = "video"
        self.tasks = set()

    def later(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def come(self, order):
        self.server, self.token, self.trickle = order["server"], order["token"], order["trickle"]
        self.web = aiohttp.ClientSession()
        self.headers = {"authorization": f"Bearer {self.token}"}
        if order["name"]:
            self.headers["x-device-id"] = order["name"]
        self.socket = await self.web.ws_connect(self.server.replace("http", "ws", 1) + "/api/socket")
        await self.socket.send_json(
            {"type": "hello", "token": self.token, "protocol": 1, "device_id": order["socket"]}
        )
        welcome = await self.socket.receive_json()
        if welcome["type"] != "welcome":
            raise RuntimeError(f"no welcome: {welcome}")
        self.later(self.listen())

    async def post(self, path, body=None):
        async with self.web.post(self.server + path, json=body or {}, headers=self.headers) as reply:
            answer = await reply.json()
            if reply.status >= 300:
                raise RuntimeError(f"POST {path}: {reply.status} {answer}")
            return answer

    async def listen(self):
        async for message in self.socket:
            frame = json.loads(message.data)
            kind = frame["type"]
            self.heard.append(kind if kind != "signal" else f"signal {frame['signal_data']['type']}")
            try:
                await self.hear(kind, frame)
            except Exception as problem:  # reported by `status`, to explain a failed test
                self.heard.append(f"problem: {problem!r}")

    async def hear(self, kind, frame):
        if kind == "call_ringing":
            self.call, self.status = frame["call"]["id"], "ringing"
        elif kind == "call_answered" and frame["call"]["id"] == self.call:
            self.status = "active"
            if self.offer_when == "after the answer":
                await self.offer()
        elif kind in ("call_ended", "call_declined") and frame["call"]["id"] == self.call:
            self.status = frame["call"]["status"]
            await self.disconnect()
        elif kind == "signal" and frame["call_id"] == self.call:
            await self.signalled(frame["signal_data"]["type"], frame["signal_data"]["data"])

    async def signalled(self, kind, data):
        connection = self.connection
        if kind == "offer":
            if connection is not None:
                return  # delivered twice
            self.connect()
            await self.described(data)
            await self.connection.setLocalDescription(await self.connection.createAnswer())
            await self.describe()
        elif kind == "answer" and connection and connection.signalingState == "have-local-offer":
            await self.described(data)
        elif kind == "ice_candidate":
            if connection is None or connection.remoteDescription is None:
                self.early.append(data)
            else:
                await self.add(data)

    def connect(self):
        connection = self.connection = RTCPeerConnection()
        connection.addTrack(Hum())
        if self.kind == "video":
            connection.addTrack(Picture())
        connection.on("track", lambda track: self.later(self.watch(track)))

    async def offer(self):
        self.connect()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self.describe()

    async def describe(self):
        """aiortc has gathered its candidates by now; they are sent in the description, or one by one after it."""
        local = self.connection.localDescription
        lines = local.sdp.splitlines()
        if not self.trickle:
            await self.signal(local.type, {"type": local.type, "sdp": local.sdp})
            return
        bare = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
        await self.signal(local.type, {"type": local.type, "sdp": "\r\n".join(bare) + "\r\n"})
        section = -1
        for line in lines:
            if line.startswith("m="):
                section += 1
            if line.startswith("a=candidate:"):
                candidate = candidate_from_sdp(line.removeprefix("a=candidate:"))
                text = "candidate:" + candidate_to_sdp(candidate)
                await self.signal("ice_candidate", {"candidate": text, "sdpMLineIndex": section, "sdpMid": None})
        await self.signal("ice_candidate", {"candidate": "", "sdpMLineIndex": 0})

    async def described(self, data):
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp=data["sdp"], type=data["type"]))
        for candidate in self.early:
            await self.add(candidate)
        self.early = []

    async def add(self, data):
        line = data.get("candidate")
        if not line:
            return
        candidate = candidate_from_sdp(line.removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = data.get("sdpMid"), data.get("sdpMLineIndex")
        await self.connection.addIceCandidate(candidate)

    async def signal(self, kind, data):
        await self.post(f"/api/calls/{self.call}/signal", {"type": kind, "data": data})

    async def watch(self, track):
        try:
            while True:
                await track.recv()
                self.frames[track.kind] += 1
        except Exception:  # the track has ended
            return

    async def disconnect(self):
        connection, self.connection, self.early = self.connection, None, []
        if connection is not None:
            await connection.close()

    async def order(self, order):
        do = order["do"]
        if do == "come":
            await self.come(order)
        elif do == "call":
            self.kind, self.offer_when = order["kind"], order["offer"]
            self.frames, self.heard = {"audio": 0, "video": 0}, []
            body = {"conversation_id": order["conversation"], "call_type": self.kind}
            reply = await self.post("/api/calls/initiate", body)
            self.call, self.status = reply["id"], reply["status"]
            if self.offer_when == "while it rings":
                await self.offer()
        elif do == "take":
            self.offer_when, self.kind = None, order["kind"]
            self.frames, self.heard = {"audio": 0, "video": 0}, []
            await self.post(f"/api/calls/{self.call}/answer")
        elif do == "hang up":
            await self.post(f"/api/calls/{self.call}/end")
        elif do == "leave":
            await self.disconnect()
            await self.web.close()
        elif do != "status":
            raise RuntimeError(f"unknown order {do}")
        state = self.connection.connectionState if self.connection else None
        return {"call": self.call, "status": self.status, "frames": self.frames, "connection": state, "heard": self.heard}


async def main():
    peer, loop = Peer(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        try:
            answer = await peer.order(order)
        except Exception as problem:  # the test reports what it was doing
            answer = {"problem": repr(problem)}
        print(json.dumps(answer), flush=True)
        if order["do"] == "leave":
            return


asyncio.run(main())
