/** What the user service knows of a player: whether he has shown who he is. */

import { Refusal, Unavailable } from './errors.mjs';
import { call } from './outbound.mjs';

/** @type {import('./outbound.mjs').Limits} */
const LIMITS = { tryMs: 3000, allMs: 9000, tries: 3 };

export class Users {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  /** Money leaves only to people who are known. @param {string} player */
  async mustBeVerified(player) {
    const { status, body } = await call('user', LIMITS, 'GET', `${this.address}/players/${encodeURIComponent(player)}`);
    if (status === 404) throw new Refusal(404, 'unknown_player', 'there is no such player', 'unknown_player');
    if (status !== 200) throw new Unavailable('user', `answered ${status}`);
    if (body.kyc !== 'verified') {
      throw new Refusal(
        403,
        'kyc_required',
        `a withdrawal needs a verified identity, this one is ${body.kyc}`,
        'kyc_required',
      );
    }
  }
}
