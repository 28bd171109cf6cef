"""Train in epochs, as in Keras, and print the losses and a diagnosis after each epoch.

python examples/epochs.py
"""

import ganarium

EPOCH, EPOCHS = 500, 8  # steps

experiment = ganarium.experiment("plane", remedies={"r1": {"gamma": 1}})
run = ganarium.train(experiment, steps=EPOCH, out="runs/epochs")
for epoch in range(1, EPOCHS):
    history = run.history()
    print(f"epoch {epoch}: D loss {history['discriminator'][-1]:.3f}, G loss {history['generator'][-1]:.3f}")
    diagnosis = ganarium.diagnose(run)
    print("  ", diagnosis.findings[0].text)
    run = ganarium.resume(run, steps=(epoch + 1) * EPOCH)  # continues exactly where it stopped
