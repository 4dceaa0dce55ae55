// What a tablet shows with every request: its access token and its clock. A token that has expired is exchanged once,
// however many requests are under way, and the request is sent again.
import PouchDB from 'pouchdb';

// `session` is the address of the sessions; without it an answer of 401 stays as it is.
export function authorised({ token, refresh, session, clock_error_ms = 0 }) {
  const pass = { token, refresh, renewals: 0 };
  let renewing = null;

  async function renew() {
    const body = JSON.stringify({ refresh: pass.refresh });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${session}/refresh`, { method: 'POST', headers, body });
    if (!answer.ok) return false;
    const fresh = await answer.json();
    Object.assign(pass, { token: fresh.access, refresh: fresh.refresh, renewals: pass.renewals + 1 });
    return true;
  }

  function send(address, options) {
    options.headers.set('Authorization', `Bearer ${pass.token}`);
    options.headers.set('X-Fieldsync-Clock', new Date(Date.now() + clock_error_ms).toISOString());
    return PouchDB.fetch(address, options);
  }

  pass.fetch = async (address, options) => {
    const shown = pass.token;
    const answer = await send(address, options);
    if (answer.status !== 401 || !session) return answer;
    if (shown === pass.token) {
      renewing ??= renew().finally(() => { renewing = null; });
      if (!await renewing) return answer;
    }
    return send(address, options);
  };
  return pass;
}
