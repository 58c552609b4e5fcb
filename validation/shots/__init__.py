"""Parts of the study of few shots: sets of images, the embedding, tasks, and what classifies them."""
