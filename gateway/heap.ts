/**
 * Keeps V8's heap about as small as what is in it. For the side effect: a program that is a gateway and nothing else imports
 * this before it loads anything else.
 *
 * The young generation is given a size that it keeps. A gateway's garbage is as old as one request, so a nursery of V8's
 * full size collects little more of it, and costs that size in memory three times over. One of the size at start (1 MiB)
 * is collected ten times a second under a hundred statements, which was a tenth of the processor's time; four times as much
 * is the knee: a sixth of that time at 15 MB more memory.
 *
 * The old generation may double before it is collected, where V8 would let it grow to four times its size. Less room, a fifth, say,
 * saves a little memory more, and has it marked again and again in the background, on cores of a small machine that
 * somebody else needs.
 */
import { setFlagsFromString } from 'node:v8';
import { collectYoung } from '../src/base/heap.ts';

const GROWTH = 4;
const OBJECTS_THAT_FILL_IT = 20_000;

setFlagsFromString(`--semi-space-growth-factor=${GROWTH}`);
// It grows when most of it survives a collection.
const survivors = Array.from({ length: OBJECTS_THAT_FILL_IT }, (_, index) => ({ index }));
collectYoung();
survivors.length = 0;
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=100');
