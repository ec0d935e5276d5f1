/** Colours that can be read: WCAG 2.2, contrast of at least 4.5 to 1 (criterion 1.4.3). */

const ENOUGH = 4.5;
const STEP = 0.02;

/**
 * The colour itself if it can be read on the ground, otherwise as little darker or lighter as will do.
 * @param {string} ground `#rrggbb`
 * @param {string} colour `#rrggbb`
 * @returns {string}
 */
export function readableOn(ground, colour) {
  const target = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  const from = parse(colour);
  for (let share = 0; share <= 1; share += STEP) {
    const mixed = from.map((channel, at) => Math.round(channel + (target[at] - channel) * share));
    if (contrast(write(mixed), ground) >= ENOUGH) return write(mixed);
  }
  return write(target);
}

/**
 * How well one colour can be read on another, from 1 to 21.
 * @param {string} one `#rrggbb`
 * @param {string} other `#rrggbb`
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = parse(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function write(channels) {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
