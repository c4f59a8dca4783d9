/** Folders in the binary layouts of CIFAR, with few and made-up images. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What image `i` has at a place, before it is planes: any function will do. */
export const cifarPixel = (image: number, y: number, x: number, c: number): number =>
  (image * 53 + y * 7 + x * 3 + c * 101) % 256;

/** Records of one or two labels and three planes; images are numbered from `first`. */
export function cifarRecords(labels: readonly (readonly number[])[], first = 0): Buffer {
  return Buffer.concat(
    labels.map((of, i) => {
      const planes = Buffer.alloc(3072);
      for (let at = 0; at < 3072; at++) {
        const [c, y, x] = [Math.floor(at / 1024), Math.floor(at / 32) % 32, at % 32];
        planes[at] = cifarPixel(first + i, y, x, c);
      }
      return Buffer.concat([Uint8Array.from(of), planes]);
    }),
  );
}

const names10 = 'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n';

/** `perBatch` images in each of five batches and in the test batch; image i is of class i mod 10. */
export async function writeCifar10(folder: string, perBatch = 2): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let batch = 1; batch <= 6; batch++) {
    const first = (batch - 1) * perBatch;
    const labels = Array.from({ length: perBatch }, (_, i) => [(first + i) % 10]);
    const name = batch === 6 ? 'test_batch.bin' : `data_batch_${batch}.bin`;
    await writeFile(join(folder, name), cifarRecords(labels, first));
  }
  await writeFile(join(folder, 'batches.meta.txt'), names10);
}

/** Three training images and a test image, of 5 fine classes in 2 coarse ones. */
export async function writeCifar100(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const train = [
    [1, 4],
    [0, 2],
    [1, 3],
  ];
  await writeFile(join(folder, 'train.bin'), cifarRecords(train));
  await writeFile(join(folder, 'test.bin'), cifarRecords([[0, 1]], 3));
  await writeFile(join(folder, 'fine_label_names.txt'), 'apple\r\nbear\r\ncan\r\ndog\r\nelm\r\n');
  await writeFile(join(folder, 'coarse_label_names.txt'), 'living\nthings\n');
}
