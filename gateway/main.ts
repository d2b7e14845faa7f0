/** The gateway as a process: what has to be settled before anything is loaded, then the gateway. */
import './heap.ts';

// Not by a plain import: those are all loaded before the first one runs, and loading is what makes the heap grow.
await import('./process.ts');
