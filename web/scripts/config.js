/**
 * What this burnbag is: public facts of its deployment.
 *
 * @typedef {object} Config
 * @property {null|"NONE"|"COGNITO"} people_auth who may send here; null for nobody
 * @property {object|null} sign_in
 * @property {{name?: string, accent?: string, logo_url?: string, imprint_url?: string,
 *   help_url?: string}} brand
 * @property {Record<string, number>} limits
 */

import { call } from "./api.js";

const NOTHING = { people_auth: null, sign_in: null, brand: {}, limits: {} };
let loading;

/**
 * Opening works without it, so a failure counts as a burnbag that says nothing of itself.
 * @returns {Promise<Config>}
 */
export function loadConfig() {
  loading ??= call("GET", "config.json", { tries: 3 }).then(
    (found) => ({ ...NOTHING, ...found, brand: found.brand ?? {} }),
    () => {
      loading = undefined;
      return NOTHING;
    },
  );
  return loading;
}
