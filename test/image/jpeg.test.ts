import { encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { decodeJpeg, jpegHeader } from '../../src/image/jpeg.js';
import { RandomStream } from '../../src/random.js';
import golden from '../golden/jpegs.json' with { type: 'json' };
import { exif, greyJpeg } from './jpeg-bytes.js';

/** A picture of 16×8: its left half lighter than its right, to tell its sides apart. */
const steps = [40, -50];
/** The bytes with one changed, counted from the end where `at` is negative. */
const edited = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
};

describe('decodeJpeg', () => {
  it.each([false, true])('decodes grey as grey (progressive: %s)', (progressive) => {
    const picture = decodeJpeg(greyJpeg(steps, { progressive }));
    expect(picture).toMatchObject({ width: 16, height: 8, channels: 1 });
    const row = [...new Array<number>(8).fill(208), ...new Array<number>(8).fill(108)];
    expect([...picture.pixels]).toEqual(Array.from({ length: 8 }, () => row).flat());
  });

  // Colours that are stored coarser are repeated here, and blended there.
  it.each(golden.pictures)('decodes as libjpeg does: $name', ({ name, file, channels, pixels }) => {
    const picture = decodeJpeg(Buffer.from(file, 'base64'));
    const { width, height } = golden;
    expect(picture).toMatchObject({ width, height, channels });
    const expected = Buffer.from(pixels, 'base64');
    const differences = Array.from(expected, (value, i) => Math.abs(value - picture.pixels[i]!));
    expect(picture.pixels).toHaveLength(expected.length);
    expect(Math.max(...differences)).toBeLessThanOrEqual(name.includes('half') ? 40 : 2);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect(mean).toBeLessThan(name.includes('half') ? 4 : 0.1);
  });

  it('decodes colours as RGB', () => {
    const data = Buffer.from([200, 30, 60, 255].concat([200, 30, 60, 255]));
    const { width, height, channels, pixels } = decodeJpeg(
      encode({ width: 2, height: 1, data }, 100).data,
    );
    expect([width, height, channels, pixels.length]).toEqual([2, 1, 3, 6]);
    for (const [i, value] of [200, 30, 60, 200, 30, 60].entries()) {
      expect(Math.abs(pixels[i]! - value)).toBeLessThan(4);
    }
  });

  // Where the light half is after the turn: left, right, upper or lower.
  it.each([
    [1, 16, 'left'],
    [2, 16, 'right'],
    [3, 16, 'right'],
    [4, 16, 'left'],
    [5, 8, 'upper'],
    [6, 8, 'upper'],
    [7, 8, 'lower'],
    [8, 8, 'lower'],
  ])('turns as the EXIF orientation %d says', (orientation, width, light) => {
    for (const littleEndian of [true, false]) {
      const bytes = greyJpeg(steps, { segments: exif(orientation, littleEndian) });
      const picture = decodeJpeg(bytes);
      expect(picture).toMatchObject({ width, height: 24 - width, channels: 1 });
      const at = (x: number, y: number) => picture.pixels[y * picture.width + x];
      const [last, bottom] = [picture.width - 1, picture.height - 1];
      const places = {
        left: [at(0, 0), at(0, bottom)],
        right: [at(last, 0), at(last, bottom)],
        upper: [at(0, 0), at(last, 0)],
        lower: [at(0, bottom), at(last, bottom)],
      };
      expect(places[light as 'left']).toEqual([208, 208]);
      const header = jpegHeader(bytes);
      expect(header).toEqual({ width, height: 24 - width, channels: 1, orientation });
    }
  });

  it('turns the right way round', () => {
    const three = decodeJpeg(greyJpeg([40, -50, 32], { segments: exif(8) }));
    expect([0, 8, 16].map((y) => three.pixels[y * 8])).toEqual([172, 108, 208]);
  });

  it('takes no orientation from what is not EXIF, or says nothing sensible', () => {
    for (const segments of [exif(0), exif(9), [0xff, 0xe1, 0, 4, 1, 2], exif(6).fill(0, 4, 8)]) {
      expect(decodeJpeg(greyJpeg(steps, { segments })).width).toBe(16);
    }
  });

  const whole = greyJpeg([40, 33, -35, 60]);
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'is not a JPEG image, whatever its name'],
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'is not a JPEG image'],
    ['a missing end', whole.subarray(0, -2), 'is a JPEG image that is cut off'],
    ['missing pixels', whole.subarray(0, -5), 'is a JPEG image that is cut off'],
    ['a header alone', whole.subarray(0, 40), 'is a JPEG image that is cut off'],
    [
      'an end in the thumbnail alone',
      greyJpeg(steps, { segments: [0xff, 0xe0, 0, 4, 0xff, 0xd9] }).subarray(0, -2),
      'is a JPEG image that is cut off',
    ],
    ['no marker where one should be', edited(whole, 2, 7), 'is a damaged JPEG image'],
    ['no height', edited(whole, 77, 0), 'is a damaged JPEG image'],
    ['a code that no table has', edited(whole, -6, 0x80), 'is a damaged JPEG image'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeJpeg(bytes, 'a.jpg')).toThrow(InputError);
    expect(() => decodeJpeg(bytes, 'a.jpg')).toThrow(`a.jpg ${message}`);
  });

  /** The file without its n-th segment of a kind, or with another byte at a place in it. */
  const changed = (file: string, marker: number, nth: number, at?: number, value = 0): Buffer => {
    const bytes = Buffer.from(file, 'base64');
    const places = [...bytes.keys()].filter((i) => bytes[i] === 0xff && bytes[i + 1] === marker);
    const place = places[nth]!;
    if (at !== undefined) {
      bytes[place + at] = value;
      return bytes;
    }
    const end = place + 2 + bytes.readUInt16BE(place + 2);
    return Buffer.concat([bytes.subarray(0, place), bytes.subarray(end)]);
  };
  const fileOf = (name: string): string => golden.pictures.find((one) => one.name === name)!.file;
  it.each<[string, Buffer]>([
    ['no table of quantisation', changed(fileOf('grey, baseline'), 0xdb, 0)],
    ['no table of codes', changed(fileOf('grey, baseline'), 0xc4, 0)],
    ['more codes than there are bits', changed(fileOf('grey, baseline'), 0xc4, 0, 5, 9)],
    ['12 bits a value', changed(fileOf('grey, baseline'), 0xc0, 0, 4, 12)],
    ['two colours', changed(fileOf('grey, baseline'), 0xc0, 0, 9, 2)],
    ['a sampling of nothing', changed(fileOf('colour, baseline'), 0xc0, 0, 11, 0x01)],
    ['arithmetic coding', changed(fileOf('grey, baseline'), 0xc0, 0, 1, 0xc9)],
    ['a scan of no known colour', changed(fileOf('grey, baseline'), 0xda, 0, 5, 7)],
    ['more rows than there are', changed(fileOf('grey, baseline'), 0xc0, 0, 6, 90)],
    ['a scan of everything at once', changed(fileOf('grey, progressive'), 0xda, 0, 8, 63)],
    ['bits that are skipped', changed(fileOf('grey, progressive'), 0xda, 0, 9, 0x31)],
    ['four colours of no name', changed(fileOf('four inks, baseline'), 0xee, 0)],
    [
      'a restart that is missing',
      changed(fileOf('colour with restarts, baseline'), 0xd1, 0, 1, 0xd2),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeJpeg(bytes, 'a.jpg')).toThrow(InputError);
    expect(() => decodeJpeg(bytes, 'a.jpg')).toThrow('a.jpg is a damaged JPEG image');
  });

  it('reads or refuses a damaged file, and does nothing else', () => {
    const random = RandomStream.fromSeed(5);
    for (const { file } of golden.pictures) {
      for (let trial = 0; trial < 50; trial++) {
        const bytes = Buffer.from(file, 'base64');
        bytes[2 + random.integer(bytes.length - 2)] = random.integer(256);
        try {
          const { width, height, channels, pixels } = decodeJpeg(bytes);
          expect(pixels).toHaveLength(width * height * channels);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(InputError);
        }
      }
    }
  });

  it('does not decode a picture over and over', () => {
    const bytes = Buffer.from(fileOf('grey, progressive'), 'base64');
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    const tables = bytes.subarray(2, scan);
    const end = bytes.indexOf(Buffer.from([0xff, 0xc4]), scan);
    const first = bytes.subarray(scan, end > 0 ? end : undefined);
    const start = Buffer.from([0xff, 0xd8]);
    const bomb = Buffer.concat([start, tables, ...Array(2000).fill(first), Buffer.of(255, 0xd9)]);
    expect(() => decodeJpeg(bomb, 'a.jpg')).toThrow('a.jpg is a damaged JPEG image');
  });

  it('refuses progressive pictures that would take seconds', () => {
    const comment = Buffer.alloc(65_535);
    comment.set([0xff, 0xfe, 0xff, 0xfd]);
    const bytes = Buffer.from(fileOf('grey, progressive'), 'base64');
    const comments = Array.from({ length: 400 }, () => comment);
    const long = Buffer.concat([bytes.subarray(0, 2), ...comments, bytes.subarray(2)]);
    expect(() => decodeJpeg(long, 'a.jpg')).toThrow(
      'a.jpg is too large: a progressive JPEG image of more than 24 MiB; save it as a baseline one',
    );
  });

  it('refuses pictures that are too large', () => {
    const huge = greyJpeg(steps);
    huge.set([0x20, 0, 0x20, 0], 76);
    expect(() => decodeJpeg(huge, 'a.jpg')).toThrow('a.jpg is too large: 8192×8192 pixels');
  });
});

describe('jpegHeader', () => {
  it('needs no more than the part before the pixels', () => {
    const bytes = greyJpeg(steps, { segments: exif(6) });
    const header = { width: 8, height: 16, channels: 1, orientation: 6 };
    expect(jpegHeader(bytes.subarray(0, 140))).toEqual(header);
    expect(jpegHeader(bytes.subarray(0, 100))).toBeUndefined();
  });
});
