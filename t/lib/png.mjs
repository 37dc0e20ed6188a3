// png: a third of what Chromium writes: 256 colours, chosen so that none is further from what it stands for than it must be (a few steps of 255: nobody sees it), and zlib
// taking its time. Reads 8 bits a channel, RGB or RGBA, not interlaced; a picture with too many colours, of a photo say, stays as it is.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const RGB = 2, PALETTE = 3, RGBA = 6
const COLOURS = 256, FAR = 16 // steps

function* chunks(png) {
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) }
    at += length + 12
  }
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

function paeth(a, b, c) {
  const p = a + b - c, [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}
const guesses = [() => 0, a => a, (a, b) => b, (a, b) => (a + b) >> 1, paeth]

// The bytes of all rows without their filters; n: bytes of a pixel.
function unfilter(raw, stride, height, n) {
  const out = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const guess = guesses[raw[y * (stride + 1)]], row = y * stride
    for (let x = 0; x < stride; x++) {
      const a = x < n ? 0 : out[row + x - n], b = y ? out[row - stride + x] : 0, c = x < n || !y ? 0 : out[row - stride + x - n]
      out[row + x] = raw[y * (stride + 1) + 1 + x] + guess(a, b, c)
    }
  }
  return out
}

const apart = (p, q) => ((p >> 16) - (q >> 16)) ** 2 + (((p >> 8) & 255) - ((q >> 8) & 255)) ** 2 + ((p & 255) - (q & 255)) ** 2

// So few of the colours, the most frequent first, that each of them is at most `far` from one; undefined: that takes too many.
function choose(byCount, far) {
  const chosen = []
  for (const colour of byCount) {
    if (chosen.some(one => apart(one, colour) <= far * far)) continue
    if (chosen.length === COLOURS) return undefined
    chosen.push(colour)
  }
  return chosen
}

function nearest(chosen, colour) {
  let best = 0
  for (let i = 1; i < chosen.length; i++) if (apart(chosen[i], colour) < apart(chosen[best], colour)) best = i
  return best
}

export function pack(png) {
  const all = [...chunks(png)], info = all[0].data, [width, height, colour] = [info.readUInt32BE(0), info.readUInt32BE(4), info[9]]
  if (info[8] !== 8 || ![RGB, RGBA].includes(colour) || info[12]) return png
  const n = colour === RGB ? 3 : 4
  const pixels = unfilter(inflateSync(Buffer.concat(all.filter(c => c.type === 'IDAT').map(c => c.data))), width * n, height, n)
  const at = i => (pixels[i * n] << 16) | (pixels[i * n + 1] << 8) | pixels[i * n + 2]
  const counts = new Map()
  for (let i = 0; i < width * height; i++) counts.set(at(i), (counts.get(at(i)) ?? 0) + 1)
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([one]) => one)
  let chosen
  for (let far = 0; far <= FAR && !chosen; far++) chosen = choose(byCount, far)
  if (!chosen) return png
  const numbers = new Map(byCount.map(one => [one, nearest(chosen, one)]))
  const raw = Buffer.alloc((width + 1) * height) // each row begins with its filter: none
  for (let i = 0; i < width * height; i++) raw[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = numbers.get(at(i))
  const head = Buffer.from(info)
  head[9] = PALETTE
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', Buffer.from(chosen.flatMap(c => [c >> 16, (c >> 8) & 255, c & 255]))),
    chunk('IDAT', deflateSync(raw, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))])
}
