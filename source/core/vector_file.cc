// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/core/vector_file.h>

#include <cstdint>
#include <cstdio>
#include <fstream>

namespace nodal
{
  namespace
  {
    // The file: the header, then the vectors in global order, then the
    // checksum of all that. Rank 0 writes and reads; vectors travel one by
    // one.
    constexpr std::uint64_t magic = 0x32304345524c444eULL;
    constexpr std::uint64_t limit = 1ULL << 20;

    bool agree(const bool ok, MPI_Comm comm)
    {
      int all = ok;
      MPI_Bcast(&all, 1, MPI_INT, 0, comm);
      return all != 0;
    }

    /// A stream of words with a running FNV-1a checksum.
    template <class Stream>
    struct Summed
    {
      Stream stream;
      Fnv1a<std::uint64_t> sum;
    };

    struct Writer : Summed<std::ofstream>
    {
      void write(const void *data, const std::size_t n_bytes)
      {
        sum.add(data, n_bytes);
        stream.write(static_cast<const char *>(data), n_bytes);
      }

      void word(const std::uint64_t value)
      {
        write(&value, sizeof(value));
      }
    };

    struct Reader : Summed<std::ifstream>
    {
      bool read(void *data, const std::size_t n_bytes)
      {
        stream.read(static_cast<char *>(data), n_bytes);
        const bool ok = stream.good();
        if (ok)
          sum.add(data, n_bytes);
        return ok;
      }

      bool expect(const std::uint64_t value)
      {
        std::uint64_t found = 0;
        return read(&found, sizeof(found)) && found == value;
      }
    };

    /// Local sizes of all ranks and where their pieces begin.
    struct Layout
    {
      explicit Layout(MPI_Comm comm, const PetscInt n_local)
      {
        int size = 1;
        MPI_Comm_size(comm, &size);
        counts.resize(size);
        const int n = n_local;
        MPI_Allgather(&n, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
        for (const int count : counts)
        {
          offsets.push_back(n_global);
          n_global += count;
        }
      }

      std::vector<int> counts, offsets;
      std::uint64_t n_global = 0;
    };

    PetscInt local_size(Vec x)
    {
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(x, &n));
      return n;
    }

    void write_header(Writer &file, const std::string &word,
                      const Layout &layout, const VectorsToWrite &content)
    {
      file.word(magic);
      file.word(word.size());
      file.write(word.data(), word.size());
      file.word(layout.counts.size());
      for (const int count : layout.counts)
        file.word(count);
      for (const std::vector<VecHandle> *group : content.vectors)
        file.word(group->size());
      for (const std::vector<double> *list : content.numbers)
      {
        file.word(list->size());
        file.write(list->data(), list->size() * sizeof(double));
      }
    }

    bool read_numbers(Reader &file, std::vector<double> &numbers)
    {
      std::uint64_t n = 0;
      // Piece by piece, so that a damaged file does not ask for all memory.
      if (!file.read(&n, sizeof(n)))
        return false;
      numbers.clear();
      while (numbers.size() < n)
      {
        const std::size_t first = numbers.size();
        numbers.resize(std::min<std::uint64_t>(n, first + limit));
        if (!file.read(numbers.data() + first,
                       (numbers.size() - first) * sizeof(double)))
          return false;
      }
      return true;
    }

    /// @p sizes are those of the groups of vectors.
    bool read_header(Reader &file, const std::string &word,
                     const Layout &layout, std::vector<std::uint64_t> &sizes,
                     const VectorsToRead &content)
    {
      bool ok = file.expect(magic) && file.expect(word.size());
      std::string found(word.size(), ' ');
      ok = ok && file.read(&found[0], found.size()) && found == word &&
           file.expect(layout.counts.size());
      for (const int count : layout.counts)
        ok = ok && file.expect(count);
      for (std::uint64_t &size : sizes)
        ok = ok && file.read(&size, sizeof(size)) && size < limit;
      for (std::vector<double> *list : content.numbers)
        ok = ok && read_numbers(file, *list);
      return ok;
    }

    void broadcast(std::vector<double> &numbers, MPI_Comm comm)
    {
      std::uint64_t n = numbers.size();
      MPI_Bcast(&n, 1, MPI_UINT64_T, 0, comm);
      numbers.resize(n);
      MPI_Bcast(numbers.data(), n, MPI_DOUBLE, 0, comm);
    }
  } // namespace

  void write_vectors(const std::string &file, const std::string &word,
                     MPI_Comm comm, const VectorsToWrite &content)
  {
    const bool writes = rank_of(comm) == 0;
    PetscInt n_local = 0;
    for (const std::vector<VecHandle> *group : content.vectors)
      if (!group->empty())
        n_local = local_size(group->front());
    const Layout pieces(comm, n_local);
    const std::string temporary = file + ".part";
    Writer writer;
    if (writes)
    {
      writer.stream.open(temporary, std::ios::binary);
      write_header(writer, word, pieces, content);
    }
    std::vector<double> whole(writes ? pieces.n_global : 0);
    for (const std::vector<VecHandle> *group : content.vectors)
      for (const VecHandle &vector : *group)
      {
        const PetscScalar *values = nullptr;
        NODAL_PETSC(VecGetArrayRead(vector, &values));
        MPI_Gatherv(values, local_size(vector), MPI_DOUBLE, whole.data(),
                    pieces.counts.data(), pieces.offsets.data(), MPI_DOUBLE, 0,
                    comm);
        NODAL_PETSC(VecRestoreArrayRead(vector, &values));
        writer.write(whole.data(), whole.size() * sizeof(double));
      }
    bool ok = true;
    if (writes)
    {
      writer.word(writer.sum.value());
      writer.stream.close();
      // The old file stays until the new one is whole.
      ok = writer.stream.good() &&
           std::rename(temporary.c_str(), file.c_str()) == 0;
    }
    if (!agree(ok, comm))
      throw BadInput("Cannot write '" + file +
                     "': check that its folder exists and has room.");
  }

  bool read_vectors(const std::string &file, const std::string &word, Vec like,
                    const VectorsToRead &content)
  {
    const auto clear = [&]
    {
      for (std::vector<VecHandle> *group : content.vectors)
        group->clear();
      for (std::vector<double> *list : content.numbers)
        list->clear();
    };
    clear();
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(like));
    const bool reads = rank_of(comm) == 0;
    const Layout pieces(comm, local_size(like));
    Reader reader;
    std::vector<std::uint64_t> sizes(content.vectors.size(), 0);
    bool ok = true;
    if (reads)
    {
      reader.stream.open(file, std::ios::binary);
      ok = reader.stream.good() &&
           read_header(reader, word, pieces, sizes, content);
    }
    if (!agree(ok, comm))
    {
      clear();
      return false;
    }
    MPI_Bcast(sizes.data(), sizes.size(), MPI_UINT64_T, 0, comm);
    for (std::vector<double> *list : content.numbers)
      broadcast(*list, comm);
    std::vector<double> whole(reads ? pieces.n_global : 0);
    for (std::size_t g = 0; g < sizes.size(); ++g)
      for (std::uint64_t i = 0; i < sizes[g]; ++i)
      {
        if (!agree(!reads ||
                       reader.read(whole.data(), whole.size() * sizeof(double)),
                   comm))
        {
          clear();
          return false;
        }
        std::vector<VecHandle> &vectors = *content.vectors[g];
        vectors.push_back(duplicate(like));
        PetscScalar *values = nullptr;
        NODAL_PETSC(VecGetArrayWrite(vectors.back(), &values));
        MPI_Scatterv(whole.data(), pieces.counts.data(), pieces.offsets.data(),
                     MPI_DOUBLE, values, local_size(like), MPI_DOUBLE, 0, comm);
        NODAL_PETSC(VecRestoreArrayWrite(vectors.back(), &values));
      }
    const std::uint64_t sum = reader.sum.value();
    ok = agree(!reads || reader.expect(sum), comm);
    if (!ok)
      clear();
    return ok;
  }
} // namespace nodal
