// What the peers share: the key of the tokens, the check of one, and saying where a server listens.
// Never knows what a server does.

import { createVerifier } from 'fast-jwt'

const verify = createVerifier({ key: process.env.JWT_SECRET, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] })

// Whose token this is; throws when it is not signed by us, or expired.
export function personOf(token) {
  return verify(token).sub
}

export function sayWhere(port) {
  console.log(`listening on http://127.0.0.1:${port}`)
}
