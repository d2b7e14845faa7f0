/** Types of in-page.js, so that the project needs no browser types. */
export function settled(): Promise<unknown>;
export function blankCanvases(): string[];
export function overflow(): { readonly px: number; readonly elements: readonly string[] };
export function lowContrast(): string[];
export function wasHacked(): boolean;
export function injectScript(): void;
export function picture(): string;
export function pictureDiffers(before: string): boolean;
export function marksDrawn(): number[];
export function chartInk(): string[];
export function announcePrint(): void;
export function ink(): string;
export function copied(): { readonly text: string; readonly button: string };
