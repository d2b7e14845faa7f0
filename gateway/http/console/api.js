// Asking the REST API, and what to do when it refuses.
import { tell } from './parts.js';

/** Who is logged in, and the timer of the page that is shown. */
export const session = { caller: undefined, refresh: undefined, onRefused: () => undefined };

export class Refused extends Error {}
/** The data of an answer; undefined where it has none. */
export async function call(method, path, body) {
  return (await callNoted(method, path, body)).data;
}

/** The same with what the gateway says beside the data; `note` is empty where it says nothing. */
export async function callNoted(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status === 403 && text === '') throw new Refused('Log in first.');
  if (answer.status === 204)
    return { data: undefined, note: answer.headers.get('X-Trino-Gateway-Reason') ?? '' };
  if (!answer.ok) throw new Error(reasonIn(text) || `The gateway answered ${answer.status}.`);
  const json = text === '' ? undefined : JSON.parse(text);
  if (json && typeof json.code === 'number' && json.code !== 200)
    throw new Error(json.code === 401 ? 'Your roles do not allow this.' : json.msg);
  if (!json || typeof json.code !== 'number') return { data: json, note: '' };
  return { data: json.data, note: json.msg === 'Successful.' ? '' : (json.msg ?? '') };
}

/** Refusals are plain text or an envelope. */
function reasonIn(text) {
  try {
    return JSON.parse(text).msg ?? text;
  } catch {
    return text;
  }
}

export const holds = (role) => session.caller.roles.includes(role);

export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refused) session.onRefused();
    else tell(error.message);
  }
}

export const currentPage = () => location.hash.slice(1) || session.caller.pages[0]?.[0];
