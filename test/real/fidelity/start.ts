/** A coordinator that has opened its port and is not ready: section 6. */
import type { Exchange } from './compare.ts';
import { headSeen, type Seen, seen } from './observe.ts';
import { nextUri, post, type Side, send, USER } from './wire.ts';

export const START = 'while it starts';

async function asked(on: Side): Promise<Seen> {
  const info = JSON.parse((await send(on, '/v1/info')).text) as { starting: boolean };
  const posted = await post(on, 'SELECT 1');
  const query = await send(on, '/v1/query', { headers: USER });
  return {
    starting: String(info.starting),
    POST: seen(on, posted.reply),
    'first poll': seen(on, await send(on, nextUri(posted))),
    'first poll again': headSeen(on, await send(on, nextUri(posted))),
    '/v1/info/state': seen(on, await send(on, '/v1/info/state')),
    '/v1/status': headSeen(on, await send(on, '/v1/status')),
    '/metrics': seen(on, await send(on, '/metrics', { headers: USER })),
    '/v1/query': { ...headSeen(on, query), 'first line': query.text.split('\n')[0] ?? '' },
    'HEAD /v1/statement': seen(on, await send(on, '/v1/statement', { method: 'HEAD', headers: USER })),
    '/ui/api/stats': seen(on, await send(on, '/ui/api/stats')),
    '/ui/': seen(on, await send(on, '/ui/')),
  };
}

/** The error comes with the first poll, not with the POST. */
export const beginning: Exchange = { name: START, run: asked };
