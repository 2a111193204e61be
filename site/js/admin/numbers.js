import { percent } from '../shared/words.js';

/** How counts, times and moments are written. Moments are local everywhere on the page. */

const THIN_SPACE = '\u202f';
export const NONE = '–';

/** @param {number | null} value @returns {string} */
export const count = (value) => (value === null ? NONE : value.toLocaleString('en'));

/** @param {number} n @param {string} one @param {string} [many] @returns {string} `1 call`, `2 calls` */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Three digits say enough; the JSON has them all. @param {number | null} value @returns {string} */
export function ms(value) {
  if (value === null) return NONE;
  if (value >= 10_000) return `${rounded(value / 1000, 1)}${THIN_SPACE}s`;
  return `${rounded(value, value < 10 ? 1 : 0)}${THIN_SPACE}ms`;
}

/** @param {number} value @returns {string} */
export const perMinute = (value) =>
  value && value < 1 ? `${rounded(value * 60, 1)}/h` : `${rounded(value, value < 10 ? 1 : 0)}/min`;

/** @param {number | null} value @returns {string} */
export const gbSeconds = (value) =>
  value === null ? NONE : `${value.toLocaleString('en', { maximumSignificantDigits: 3 })}${THIN_SPACE}GB-s`;

/** @param {number} value @param {number} digits at most, after the point */
const rounded = (value, digits) => value.toLocaleString('en', { maximumFractionDigits: digits });

/** @param {number} ratio 0 to 1 @param {number} n of how many @returns {string} */
export const share = (ratio, n) => (n ? percent(ratio) : NONE);

/**
 * By how much a number changed since the window before.
 * @param {number | null} now @param {number | null | undefined} before @param {(value: number) => string} format
 */
export function change(now, before, format) {
  if (before === null || before === undefined || now === null) return '';
  const by = before ? `${signed((now / before - 1) * 100, 0)}${THIN_SPACE}% ` : '';
  return `${by}from ${format(before)}`;
}

/** The same of a share. @param {number} now 0 to 1 @param {number | undefined} before */
export function pointChange(now, before) {
  if (before === undefined) return '';
  return `${signed((now - before) * 100, 1)} points from ${percent(before)}`;
}

/** @param {number} value @param {number} digits at most, after the point */
const signed = (value, digits) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, signDisplay: 'exceptZero' }).replace('-', '\u2212');

/** @param {number | null} bytes @returns {string} */
export function size(bytes) {
  if (bytes === null) return NONE;
  return bytes < 10_000 ? `${count(bytes)}${THIN_SPACE}B` : `${count(Math.round(bytes / 1000))}${THIN_SPACE}kB`;
}

/** @param {string} iso @returns {string} the time of day with seconds; the date too if it is another day */
export function moment(iso) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString('en-GB');
  return at.toDateString() === new Date().toDateString() ? time : `${day(at)}, ${time}`;
}

/** @param {string} iso @returns {string} the time of day with milliseconds */
export const preciseTime = (iso) =>
  new Date(iso).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });

/** @param {string} iso of the start of a bucket @param {number} bucketSeconds @returns {string} short, for an axis */
export function tick(iso, bucketSeconds) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(bucketSeconds < 60 ? { second: '2-digit' } : {}),
  });
  return bucketSeconds >= 7200 ? `${day(at)} ${time}` : time;
}

/** @param {Date} at */
const day = (at) => at.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** @returns {string} the zone of all times on the page */
export function zone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const time = new Date().toLocaleTimeString('en-GB', { timeZoneName: 'longOffset' });
  const offset = time.split(' ').at(-1).replace('GMT', 'UTC');
  return timeZone === 'UTC' ? timeZone : `${timeZone}, ${offset}`;
}

/** @param {number} seconds @returns {string} */
export function ago(seconds) {
  if (seconds < 2) return 'just now';
  return seconds < 120 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** @param {number} seconds @returns {string} what lies before a window of this length */
export function spanBefore(seconds) {
  /** @type {[number, string][]} */
  const named = [
    [604_800, 'the 7 days before'],
    [86_400, 'the day before'],
    [3600, 'the hour before'],
    [900, 'the 15 minutes before'],
  ];
  return named.find(([length]) => length === seconds)?.[1] ?? 'the same time before';
}
