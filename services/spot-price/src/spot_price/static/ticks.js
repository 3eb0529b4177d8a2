// The round prices and times that the chart's axes name. Times are local, where the page began with UTC.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [1, 2, 5, 10, 15, 30].map((count) => count * MINUTE)
  .concat([1, 2, 3, 6, 12].map((count) => count * HOUR))
  .concat([1, 2, 7, 14, 28, 56, 91, 182, 364].map((count) => count * DAY));

const two = (number) => String(number).padStart(2, "0");

function niceStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 2.5, 5, 10, 20].map((nice) => nice * power).find((step) => span / step <= most + 1e-9);
}

function decimals(step) {
  for (let digits = 2; digits < 6; digits += 1) {
    if (Math.abs(Number(step.toFixed(digits)) - step) < step * 1e-6) return digits;
  }
  return 6;
}

export const priceText = (price) => (price === null ? "?" : `$${Number(price.toFixed(4)) === price ? price.toFixed(4) : String(price)}`);

export function priceTicks(low, high, most) {
  const step = niceStep(high - low, Math.max(1, most));
  const digits = decimals(step);
  const ticks = [];
  for (let number = Math.ceil(low / step - 1e-9); number <= high / step + 1e-9 && ticks.length < 50; number += 1) {
    ticks.push({ value: number * step, label: `$${(number * step).toFixed(digits)}` });
  }
  return ticks;
}

export function logTicks(low, high, most) {
  if (high < 3 * low) return priceTicks(low, high, most);
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  for (const digits of [[1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]]) {
    const found = [];
    for (let power = first; power <= last; power += 1) {
      for (const digit of digits) {
        const value = digit * 10 ** power;
        if (value >= low && value <= high) found.push({ value, label: `$${value.toFixed(decimals(value))}` });
      }
    }
    if (found.length >= 2 && found.length <= most) return found;
  }
  return priceTicks(low, high, most);
}

export function timeTicks(start, end, most) {
  const step = STEPS.find((each) => (end - start) / each <= most) || STEPS.at(-1);
  const shift = -new Date(start * 1000).getTimezoneOffset() * MINUTE;
  const ticks = [];
  for (let at = Math.ceil((start + shift) / step) * step - shift; at <= end; at += step) {
    const when = new Date(at * 1000);
    const clock = `${two(when.getHours())}:${two(when.getMinutes())}`;
    const label = step >= DAY || clock === "00:00" ? `${two(when.getMonth() + 1)}-${two(when.getDate())}` : clock;
    ticks.push({ value: at, label });
  }
  return ticks;
}

export function moment(at) {
  const when = new Date(at * 1000);
  return `${two(when.getMonth() + 1)}-${two(when.getDate())} ${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
}
