#!/usr/bin/env bash
# Makes the runs of `runs/` with the version that is installed as `mixgan`: they were made by commit
# 0dd24d7, whose models did not yet take pixels as they are. `cifar-10-batches-bin` is any folder in
# that format; nothing of it is read again. `picture.png` is any picture of 32 × 32 pixels.
set -euo pipefail
stages='[{"channels":4,"numBlocks":1,"tokenDim":4,"channelDim":4},{"channels":4,"numBlocks":1,"tokenDim":4,"channelDim":4}]'
mixgan train gan --conditional --engine cpu --out gan --steps 4 \
  --set batchSize=4 --set generator.latentDim=4 --set "generator.stages=$stages" \
  --set generator.refineChannels=4 --set discriminator.channels=4 --set discriminator.numBlocks=1 \
  --set discriminator.tokenDim=4 --set discriminator.channelDim=4 --set penalty.every=2 \
  --set logEvery=1 --set pictureEvery=4 --set saveEvery=4
model='model={"patch":7,"channels":4,"tokenDim":4,"channelDim":4,"numBlocks":1}'
mixgan train classifier --engine cpu --out classifier --steps 4 --set "$model" --set batchSize=4 \
  --set emaDecay=0.9 --set logEvery=1 --set evaluateEvery=4 --set optimiser.warmupSteps=0
mixgan train classifier --preset cifar10-small --data cifar-10-batches-bin --engine cpu \
  --out normalised --steps 4 --set batchSize=4 --set logEvery=1 --set evaluateEvery=4 \
  --set model.patch=8 --set model.channels=4 --set model.tokenDim=4 --set model.channelDim=4 \
  --set model.numBlocks=1 --set optimiser.warmupSteps=0
rm -r ./*/checkpoint/best.safetensors ./*/*.png ./*/log.txt
# What that version made of them.
mixgan sample gan --count 10 --seed 3 --engine cpu --out samples.npy
mixgan predict normalised picture.png --engine cpu --json > predicted.json
mixgan evaluate classifier --engine cpu --json > evaluated.json
for run in gan classifier; do
  cp -r $run resumed-$run
  mixgan train $run --resume resumed-$run --steps 6 --engine cpu
  mv resumed-$run/metrics.jsonl $run-resumed.jsonl
  rm -r resumed-$run
done
