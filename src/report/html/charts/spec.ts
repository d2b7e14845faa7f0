/** A chart as plain data; the client script draws it with the colours of the reader's theme. */

import { details } from '../parts.ts';
import { type Html, html, type Value } from '../template.ts';

/** Name of a colour in the style sheet: `--chart-<name>`. */
export type ChartColour =
  | 'first'
  | 'second'
  | 'third'
  | 'quiet'
  | 'drop'
  | 'limit'
  | 'roll'
  | 'kill'
  | 'fault'
  | 'start'
  | `cluster-${number}`;

export interface Series {
  readonly name: string;
  readonly colour: ChartColour;
  /** `edge` is not drawn: the `band` after it is shaded down to it. */
  readonly shape: 'line' | 'dashed' | 'area' | 'steps' | 'marks' | 'edge' | 'band';
  /** x and y; a null y breaks the line. */
  readonly points: readonly (readonly [number, number | null])[];
}

/** A stretch of the x axis: shaded, or, with `title`, named above the plot. `part` is a name inside the shade. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly title?: string;
  readonly part?: string;
  readonly colour: ChartColour;
  readonly faint?: boolean;
}

/** A dashed line across the plot at one x. */
export interface Mark {
  readonly at: number;
  readonly label?: string;
  readonly colour: ChartColour;
}

export interface Axis {
  readonly title: string;
  readonly format: 'moment' | 'ms' | 'count' | 'rate' | 'nines';
  readonly min?: number;
  readonly max?: number;
  /** Fixed ticks with their own labels. */
  readonly ticks?: readonly (readonly [number, string])[];
  readonly logarithmic?: boolean;
  readonly stacked?: boolean;
}

export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  readonly marks?: readonly Mark[];
  /** Charts of one group share their pointer line and the width of their y axis. */
  readonly group?: string;
}

/** The chart's place in the page: title, canvas with a spoken summary, and the same data as a table. */
export function figure(
  spec: ChartSpec,
  spoken: string,
  data: Html,
  size: 'tall' | 'flat' = 'flat',
  note?: Value,
): Html {
  return html`<figure class="chart" id="figure-${spec.id}">
<figcaption>${spec.title}</figcaption>
<div class="canvas ${size}"><canvas id="chart-${spec.id}" role="img" aria-label="${spec.title}. ${spoken}"></canvas></div>
${note && html`<p class="footnote">${note}</p>`}
${details('The same as a table', data)}
</figure>`;
}

/** A logarithmic axis pays when the largest value is many times the smallest. */
export function wantsLogarithm(values: readonly (number | null)[]): boolean {
  const positive = values.filter((value): value is number => value !== null && value > 0);
  return positive.length > 1 && Math.max(...positive) / Math.min(...positive) > 40;
}
