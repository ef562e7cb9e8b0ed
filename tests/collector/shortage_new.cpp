/* SPDX-License-Identifier: BSD-2-Clause */
/* What C++ allocates, by the malloc() that unit_shortage makes fail. The first two are for what a
 * library sets up at its first use. */
#include <cstdlib>
#include <new>

void *operator new(std::size_t size)
{
	void *block = std::malloc(size);

	if (!block)
		std::abort();
	return block;
}

void *operator new[](std::size_t size)
{
	return operator new(size);
}

void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
	return std::malloc(size);
}

void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
	return std::malloc(size);
}

void operator delete(void *block) noexcept
{
	std::free(block);
}

void operator delete(void *block, std::size_t) noexcept
{
	std::free(block);
}

void operator delete[](void *block) noexcept
{
	std::free(block);
}

void operator delete[](void *block, std::size_t) noexcept
{
	std::free(block);
}
