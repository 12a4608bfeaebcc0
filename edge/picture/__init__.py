"""Picture files as pixels: measured before they are decoded, refused in one line, and where they come from outside
decoded in a process of their own (`sandbox`, `zygote`)."""
