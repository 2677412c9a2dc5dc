// PeerServer as its authors ship it, with room for more people; whoever knows an id may write to it.

import { createServer } from 'node:net'
import { PeerServer } from 'peer'
import { sayWhere } from './common.mjs'

// It cannot say which port it was given, so a free one is looked for first.
const probe = createServer().listen(0, '127.0.0.1', () => {
  const { port } = probe.address()
  probe.close(() => PeerServer({ host: '127.0.0.1', port, concurrent_limit: 20000, alive_timeout: 600000 }, () => sayWhere(port)))
})
