print("bntool")
