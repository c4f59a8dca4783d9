/** Draws pictures with a trained GAN into one PNG. Arguments: the run's folder, the file. */
import { imageGrid, writePng } from 'mixgan';
import { openGan } from 'mixgan/gan';

const [run = 'runs/my-gan', file = 'fakes.png'] = process.argv.slice(2);
const gan = await openGan(run);
const [height, width, channels] = gan.imageShape;
const pixels = await gan.sample({ count: 64, seed: 1 });
await writePng(file, imageGrid(pixels, { count: 64, height, width, channels }));
await gan.dispose();
console.log(`64 pictures of ${width} × ${height} pixels in ${file}`);
