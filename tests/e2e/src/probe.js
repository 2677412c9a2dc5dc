// Runs in every page before the product does. Records the page's use of WebRTC, capture, sockets and sounds, so that
// a test can ask what is really going on. Changes nothing, except: with a forwarder, remote candidates are redirected to
// its port, so that the test can cut the connection; and a microphone can be unplugged, and a camera made slow.
((forwarderPort) => {
  if (window.__probe) return;
  const peers = [], captures = [], local = [], sockets = [], players = new Set(), firstPictures = [], firstSounds = [];
  let hasMicrophone = true, cameraTakes = 0, listening, following, gap = () => [0, 0];
  const clock = () => performance.timeOrigin + performance.now();

  const ufrag = (description) => /a=ice-ufrag:(\S+)/.exec(description?.sdp ?? '')?.[1];
  const note = (list, value) => { if (value && !list.includes(value)) list.push(value); };

  // Only the port changes: the forwarder listens on every address of this machine.
  const redirected = (line) => {
    const parts = line.split(' ');
    if (parts.length < 8 || parts[2].toLowerCase() !== 'udp' || parts[4].includes(':')) return null;
    parts[5] = forwarderPort;
    return parts.join(' ');
  };
  const redirectedDescription = (description) => {
    if (!forwarderPort || !description?.sdp) return description;
    const lines = description.sdp.split('\r\n').map((line) => (line.startsWith('a=candidate:') ? redirected(line) : line));
    return { type: description.type, sdp: lines.filter((line) => line !== null).join('\r\n') };
  };

  const NativePeer = window.RTCPeerConnection;
  class ProbedPeer extends NativePeer {
    constructor(...options) {
      super(...options);
      this.__notes = { opened: clock(), closed: null, localUfrags: [], remoteUfrags: [], remoteTracks: [] };
      this.addEventListener('track', ({ track }) => this.__notes.remoteTracks.push(track));
      peers.push(this);
    }
    async setLocalDescription(...description) {
      await super.setLocalDescription(...description);
      note(this.__notes.localUfrags, ufrag(this.localDescription));
    }
    async setRemoteDescription(description) {
      await super.setRemoteDescription(redirectedDescription(description));
      note(this.__notes.remoteUfrags, ufrag(this.remoteDescription));
    }
    async addIceCandidate(candidate) {
      if (!forwarderPort || !candidate?.candidate) return super.addIceCandidate(candidate);
      const line = redirected(candidate.candidate);
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
      if (line) return super.addIceCandidate({ candidate: line, sdpMid, sdpMLineIndex, usernameFragment });
    }
    close() {
      this.__notes.closed ??= clock();
      super.close();
    }
  }
  if (NativePeer) window.RTCPeerConnection = ProbedPeer;

  const keep = (track) => { local.push(track); track.__stopped = null; };
  if (navigator.mediaDevices) {
    const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const entry = { constraints: JSON.parse(JSON.stringify(constraints ?? null)), outcome: 'asked' };
      captures.push(entry);
      try {
        if (constraints?.audio && !hasMicrophone) throw new DOMException('Requested device not found', 'NotFoundError');
        const stream = await capture(constraints);
        if (constraints?.video && cameraTakes) await new Promise((done) => setTimeout(done, cameraTakes));
        entry.outcome = 'granted';
        stream.getTracks().forEach(keep);
        return stream;
      } catch (error) {
        entry.outcome = error.name;
        throw error;
      }
    };
    const nativeStop = MediaStreamTrack.prototype.stop;
    MediaStreamTrack.prototype.stop = function stop() {
      nativeStop.call(this);
      this.__stopped ??= clock();
    };
    const nativeClone = MediaStreamTrack.prototype.clone;
    MediaStreamTrack.prototype.clone = function clone() {
      const copy = nativeClone.call(this);
      if (local.includes(this)) keep(copy);
      return copy;
    };
  }

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...address) {
      super(...address);
      sockets.push(this);
    }
  };

  const nativePlay = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function play() {
    players.add(this);
    return nativePlay.call(this);
  };

  // Browsers may show a black frame before the first one of the other side's camera; it does not count.
  const few = new OffscreenCanvas(4, 4).getContext('2d', { willReadFrequently: true });
  const isBlack = (video) => {
    few.drawImage(video, 0, 0, 4, 4);
    return few.getImageData(0, 0, 4, 4).data.every((value, at) => at % 4 === 3 || value < 40);
  };

  // The time at which the first remote frame is on the screen, in any element.
  const isRemote = (stream) => stream instanceof MediaStream
    && stream.getVideoTracks().some((track) => peers.some((peer) => peer.__notes.remoteTracks.includes(track)));
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (!stream || !this.requestVideoFrameCallback) return;
      const look = () => {
        if (this.srcObject !== stream || !isRemote(stream)) return;
        if (isBlack(this)) this.requestVideoFrameCallback(look);
        else firstPictures.push(clock());
      };
      this.requestVideoFrameCallback(look);
    },
  });

  const clicks = [];
  addEventListener('click', (event) => {
    const target = event.composedPath()[0];
    const button = target.closest?.('button') ?? target;
    clicks.push({ at: clock(), text: button.textContent.trim() });
  }, true);

  const isOpen = (peer) => peer.signalingState !== 'closed';
  // What a receiver has decoded and handed to the loudspeaker; silence is not a sound.
  const isHeard = (receiver) => receiver.track.kind === 'audio'
    && receiver.getSynchronizationSources().some(({ audioLevel }) => audioLevel === undefined || audioLevel > 0.001);
  const live = () => local.filter((track) => track.readyState === 'live');

  window.__probe = {
    // The state of this page's microphones, cameras, network and loudspeakers.
    hardware: () => ({
      captures: captures.map((entry) => entry.outcome),
      live_microphones: live().filter((track) => track.kind === 'audio').length,
      live_cameras: live().filter((track) => track.kind === 'video').length,
      silenced_microphones: live().filter((track) => track.kind === 'audio' && !track.enabled).length,
      open_peers: peers.filter(isOpen).length,
      made_peers: peers.length,
      sending_tracks: peers.filter(isOpen).flatMap((peer) => peer.getSenders())
        .filter((sender) => sender.track?.readyState === 'live').length,
      restarts: peers.reduce((sum, peer) => sum + Math.max(0, peer.__notes.localUfrags.length - 1), 0),
      open_sockets: sockets.filter((socket) => socket.readyState < WebSocket.CLOSING).length,
      sounds: [...players].filter((player) => !player.paused && !player.ended && !player.error && !player.srcObject).length,
    }),
    // What all open connections have received so far.
    sighting: async () => {
      const seen = { frames: 0, width: 0, height: 0, audio_packets: 0, audio_energy: 0, connected: 0, ices: [] };
      for (const peer of peers.filter(isOpen)) {
        if (peer.connectionState === 'connected') seen.connected += 1;
        seen.ices.push(peer.iceConnectionState);
        // Firefox never answers for a connection that is closed meanwhile.
        const none = new Promise((done) => setTimeout(done, 2000, new Map()));
        for (const entry of (await Promise.race([peer.getStats(), none])).values()) {
          if (entry.type !== 'inbound-rtp') continue;
          if (entry.kind === 'video') {
            seen.frames += entry.framesDecoded ?? 0;
            seen.width = entry.frameWidth ?? seen.width;
            seen.height = entry.frameHeight ?? seen.height;
          } else {
            seen.audio_packets += entry.packetsReceived ?? 0;
            seen.audio_energy += entry.totalAudioEnergy ?? 0;
          }
        }
      }
      return seen;
    },
    // The types of the candidates that open connections know: of this side, of the other, and of the way in use.
    candidates: async () => {
      const types = { own: new Set(), other: new Set(), used: new Set() };
      for (const peer of peers.filter(isOpen)) {
        const stats = await peer.getStats();
        for (const entry of stats.values()) {
          if (entry.type === 'local-candidate') types.own.add(entry.candidateType);
          if (entry.type === 'remote-candidate') types.other.add(entry.candidateType);
          if (entry.type !== 'transport' || !entry.selectedCandidatePairId) continue;
          const pair = stats.get(entry.selectedCandidatePairId);
          const [own, other] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
          types.used.add(`${own.candidateType} ${own.relayProtocol ?? ''} ${other.candidateType}`);
        }
      }
      return { own: [...types.own], other: [...types.other], used: [...types.used] };
    },
    // A fake microphone cannot be unplugged: this does what browsers do then.
    unplug: (leavesAnother) => {
      hasMicrophone = leavesAnother;
      for (const track of live().filter((track) => track.kind === 'audio')) {
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    },
    plugIn: () => {
      hasMicrophone = true;
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    },
    // A camera that takes its time to open, as real ones do.
    slowCamera: (milliseconds) => { cameraTakes = milliseconds; },
    // Records the next time at which the other side can be heard.
    listen: () => {
      clearInterval(listening);
      listening = setInterval(() => {
        if (!peers.filter(isOpen).some((peer) => peer.getReceivers().some(isHeard))) return;
        clearInterval(listening);
        firstSounds.push(clock());
      }, 4);
    },
    // Follows from now on when the other side's sound is played, by whichever connection; silence is sound, too, since
    // browsers suppress a tone that does not change.
    follow: () => {
      clearInterval(following);
      let played = new Map(), last = clock(), flowsSince = last, longest = 0;
      following = setInterval(() => {
        const now = clock();
        let moved = false;
        for (const peer of peers.filter(isOpen)) {
          for (const receiver of peer.getReceivers().filter((one) => one.track.kind === 'audio')) {
            for (const { source, rtpTimestamp } of receiver.getSynchronizationSources()) {
              moved ||= played.get(source) !== rtpTimestamp;
              played.set(source, rtpTimestamp);
            }
          }
        }
        if (!moved) return;
        if (now - last > 150) flowsSince = now;
        longest = Math.max(longest, now - last);
        last = now;
      }, 5);
      gap = () => [longest, clock() - last > 150 ? 0 : last - flowsSince];
    },
    // The longest time in which nothing was heard since then, and for how long there was no such time.
    gap: () => gap(),
    // For measurements: times in milliseconds of the clock that all pages on this machine share.
    moments: () => ({
      clicks,
      first_pictures: firstPictures,
      first_sounds: firstSounds,
      stopped: local.map((track) => track.__stopped),
      closed: peers.map((peer) => peer.__notes.closed),
    }),
    settings: () => live().map((track) => ({ kind: track.kind, ...track.getSettings() })),
  };
})(/* forwarder port */);
