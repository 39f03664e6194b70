"""What reaches the network in each step: images, augmentation, targets."""
