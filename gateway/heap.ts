/**
 * Keeps V8's heap about as small as what is in it. For the side effect: a program that is a gateway and nothing else imports
 * this before it loads anything else.
 */
import { keepHeapSmall } from '../src/base/heap.ts';

keepHeapSmall();
